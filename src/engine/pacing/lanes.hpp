// What lanes under one rule share: the configured limits, what the governor finds out, and the
// places for remote tasks. Pure decisions that take `now`.

#pragma once

#include "base/clock.hpp"
#include "engine/pacing/governor.hpp"
#include "engine/pacing/remote_places.hpp"
#include "model/limit_rule.hpp"

#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

namespace nightshift {

bool covers(const LimitRule& rule, std::string_view endpoint, std::string_view model);

class Allowance {
public:
    // `name`: of the rule, or of the one lane that has it for itself; what it learns is kept
    // under it.
    Allowance(LimitRule rule, std::string name);

    // When the next POST may start: `now` or earlier means at once, Instant::max() means after
    // something ends. `remote`: it will become a remote task.
    Instant next_start(Instant now, double tokens, bool remote) const;
    // Returns the governor's number of it.
    std::uint64_t started(Instant now, double tokens, bool remote);
    // Seconds that the refused task should wait.
    double refused(std::uint64_t send, Instant now, const Refusal& refusal);
    // The same of a submit, which may lack a place rather than come too soon.
    double refused_remote(std::uint64_t send, Instant now, const Refusal& refusal);
    void accepted_remote() { places_.accepted(remote_); }
    // What it was told turned out to be so many tokens more (negative: fewer).
    void correct_tokens(double more);

    const LimitRule& rule() const { return rule_; }
    // In place of its rule. What was found out about the gateway stays.
    void set_rule(LimitRule rule, Instant now);

    // What was found out about the gateway, for the next start.
    LearnedLimits learned() const;
    // Requests a minute, as configured or learned, whichever is less; 0: no bound is known.
    double per_minute_most() const;
    void begin_with(const LearnedLimits& learned, Instant now);

    Governor& governor() { return governor_; }
    const Governor& governor() const { return governor_; }
    // The gateway counts tokens as they are reserved: it refused though there was room by usage.
    bool counts_reserved() const { return counts_reserved_; }
    const std::string& name() const { return name_; }

    void remote_began() { ++remote_; }  // a remote task taken up again after a restart
    void remote_ended() { --remote_; }
    bool has_remote_place() const;
    int remote_places() const { return places_.size(); }

private:
    LimitRule rule_;
    std::string name_;
    Governor governor_;
    RemotePlaces places_;
    bool counts_reserved_ = false;
    int remote_ = 0;
};

// Hands out allowances: one per rule, one of its own to a lane that no rule covers.
class Allowances {
public:
    explicit Allowances(std::vector<LimitRule> rules);
    std::shared_ptr<Allowance> of(std::string_view endpoint, std::string_view model);
    // Of the rule of this name, or nullptr.
    std::shared_ptr<Allowance> under(std::string_view match, std::string_view endpoint) const;
    // The allowance of a lane that has one for itself is from here on that of a rule.
    void add(LimitRule rule, std::shared_ptr<Allowance> allowance);
    // All that were handed out, each once.
    const std::vector<std::shared_ptr<Allowance>>& all() const { return all_; }

private:
    std::vector<std::pair<LimitRule, std::shared_ptr<Allowance>>> rules_;
    std::vector<std::shared_ptr<Allowance>> all_;
    std::unordered_set<const Allowance*> handed_out_;  // what is in all_
};

}  // namespace nightshift
