#include "engine/lanes.hpp"

#include "core/glob.hpp"
#include "core/limits.hpp"

#include <algorithm>

namespace nightshift {

bool covers(const LimitRule& rule, std::string_view endpoint, std::string_view model) {
    if (!rule.endpoint.empty() && rule.endpoint != endpoint) return false;
    return rule.match.empty() || glob_matches(rule.match, model);
}

Instant Allowance::next_start(Instant now, bool remote) const {
    if (rule_.concurrency && posts_ >= *rule_.concurrency) return Instant::max();
    if (remote && !has_remote_place()) return Instant::max();
    return rule_.requests_per_minute ? std::max(now, due_) : now;
}

bool Allowance::has_remote_place() const {
    return remote_ < rule_.remote_tasks.value_or(limits::remote_tasks);
}

// Evenly spaced: a burst would be refused by a gateway that counts in one-minute windows.
void Allowance::started(Instant now, bool remote) {
    ++posts_;
    if (remote) ++remote_;
    if (rule_.requests_per_minute && *rule_.requests_per_minute > 0) {
        due_ = std::max(now, due_) + seconds(60 / *rule_.requests_per_minute);
    }
}

Instant LaneGate::next_start(Instant now, bool remote) const {
    return std::max(allowance_->next_start(now, remote), cool_until_);
}

void LaneGate::cool_down(Instant until, std::string why) {
    if (until <= cool_until_) return;
    cool_until_ = until;
    cool_reason_ = std::move(why);
}

Allowances::Allowances(std::vector<LimitRule> rules) {
    for (auto& rule : rules) {
        auto shared = std::make_shared<Allowance>(rule);
        rules_.emplace_back(std::move(rule), std::move(shared));
    }
}

std::shared_ptr<Allowance> Allowances::of(std::string_view endpoint, std::string_view model) {
    for (const auto& [rule, shared] : rules_) {
        if (covers(rule, endpoint, model)) return shared;
    }
    return std::make_shared<Allowance>(LimitRule{});
}

}  // namespace nightshift
