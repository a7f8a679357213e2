// Limits of the lanes, as pure decisions that take `now`: requests per minute, concurrency,
// remote tasks, and the cool-down that one 429 puts on its whole lane.

#pragma once

#include "core/clock.hpp"
#include "core/lane_limit.hpp"

#include <memory>
#include <string>
#include <vector>

namespace nightshift {

bool covers(const LimitRule& rule, std::string_view endpoint, std::string_view model);

// What lanes under one rule share.
class Allowance {
public:
    explicit Allowance(LimitRule rule) : rule_(std::move(rule)) {}

    // When the next POST may start: `now` or earlier means at once, Instant::max() means after
    // something ends. `remote`: it will become a remote task.
    Instant next_start(Instant now, bool remote) const;
    void started(Instant now, bool remote);
    void post_ended() { --posts_; }
    void remote_began() { ++remote_; }  // a remote task taken up again after a restart
    void remote_ended() { --remote_; }
    bool has_remote_place() const;

private:
    LimitRule rule_;
    Instant due_ = Instant::min();  // GCRA: theoretical arrival time of the next request
    int posts_ = 0, remote_ = 0;
};

// One lane's own state.
class LaneGate {
public:
    explicit LaneGate(std::shared_ptr<Allowance> allowance) : allowance_(std::move(allowance)) {}

    Instant next_start(Instant now, bool remote) const;
    // No POST of this lane before `until`; the longest wish counts.
    void cool_down(Instant until, std::string why);
    // A good reply: the next 429 starts from the beginning.
    void succeeded() { refusals_ = 0; }
    int refused() { return refusals_++; }  // how many in a row before this one
    Instant cool_until() const { return cool_until_; }
    const std::string& cool_reason() const { return cool_reason_; }
    Allowance& allowance() { return *allowance_; }
    const std::shared_ptr<Allowance>& shared_allowance() const { return allowance_; }

private:
    std::shared_ptr<Allowance> allowance_;
    Instant cool_until_ = Instant::min();
    std::string cool_reason_;
    int refusals_ = 0;
};

// Hands out allowances: one per rule, one of its own to a lane that no rule covers.
class Allowances {
public:
    explicit Allowances(std::vector<LimitRule> rules);
    std::shared_ptr<Allowance> of(std::string_view endpoint, std::string_view model);

private:
    std::vector<std::pair<LimitRule, std::shared_ptr<Allowance>>> rules_;
};

}  // namespace nightshift
