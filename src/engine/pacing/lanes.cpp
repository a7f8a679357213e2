#include "engine/pacing/lanes.hpp"

#include "base/bounds.hpp"
#include "base/text/glob.hpp"

#include <algorithm>
#include <utility>

namespace nightshift {

bool covers(const LimitRule& rule, std::string_view endpoint, std::string_view model) {
    if (!rule.endpoint.empty() && rule.endpoint != endpoint) return false;
    return rule.match.empty() || glob_matches(rule.match, model);
}

Allowance::Allowance(LimitRule rule, std::string name)
    : rule_(std::move(rule)),
      name_(std::move(name)),
      governor_(rule_),
      places_(rule_.remote_tasks) {}

Instant Allowance::next_start(Instant now, double tokens, bool remote) const {
    const auto start = governor_.next_start(now, tokens);
    return remote ? std::max(start, places_.next(remote_, now)) : start;
}

bool Allowance::has_remote_place() const {
    return remote_ < places_.size();
}

std::uint64_t Allowance::started(Instant now, double tokens, bool remote) {
    if (remote) ++remote_;
    return governor_.started(now, tokens);
}

double Allowance::refused(std::uint64_t send, Instant now, const Refusal& refusal) {
    const auto& most = rule_.tokens_per_minute;
    const bool by_usage_is_room = most && refusal.scarce == Scarce::tokens &&
                                  governor_.tokens_in_minute(now) < limits::reserved_below * *most;
    const double pause_s = governor_.refused(send, now, refusal);
    if (by_usage_is_room && !std::exchange(counts_reserved_, true)) governor_.recount_tokens(now);
    return pause_s;
}

double Allowance::refused_remote(std::uint64_t send, Instant now, const Refusal& refusal) {
    const bool of_rate = refusal.scarce == Scarce::requests || refusal.scarce == Scarce::tokens;
    const bool of_places = !of_rate && !refusal.retry_after_s && places_.refused(remote_, now);
    if (!of_places) return refused(send, now, refusal);
    governor_.unanswered(send);
    return limits::refused_pause_s;
}

void Allowance::correct_tokens(double more) {
    if (!counts_reserved_) governor_.correct_tokens(more);
}

LearnedLimits Allowance::learned() const {
    auto learned = governor_.learned();
    learned.remote_tasks = places_.found();
    return learned;
}

double Allowance::per_minute_most() const {
    const double set = rule_.requests_per_minute.value_or(0);
    const double found = governor_.learned().requests_per_minute;
    return set > 0 && found > 0 ? std::min(set, found) : std::max(set, found);
}

void Allowance::begin_with(const LearnedLimits& learned, Instant now) {
    governor_.begin_with(learned, now);
    if (learned.remote_tasks > 0) places_.begin_at(learned.remote_tasks, now);
}

Allowances::Allowances(std::vector<LimitRule> rules) {
    for (auto& rule : rules) {
        auto shared = std::make_shared<Allowance>(rule, rule.endpoint + "/" + rule.match);
        rules_.emplace_back(std::move(rule), std::move(shared));
    }
}

void Allowance::set_rule(LimitRule rule, Instant now) {
    if (rule.remote_tasks != rule_.remote_tasks) places_ = RemotePlaces(rule.remote_tasks);
    rule_ = std::move(rule);
    governor_.set_limits(rule_, now);
}

std::shared_ptr<Allowance> Allowances::under(std::string_view match,
                                             std::string_view endpoint) const {
    for (const auto& [rule, allowance] : rules_) {
        if (rule.match == match && rule.endpoint == endpoint) return allowance;
    }
    return nullptr;
}

void Allowances::add(LimitRule rule, std::shared_ptr<Allowance> allowance) {
    rules_.emplace_back(std::move(rule), std::move(allowance));
}

std::shared_ptr<Allowance> Allowances::of(std::string_view endpoint, std::string_view model) {
    auto found = std::find_if(rules_.begin(), rules_.end(), [&](const auto& each) {
        return covers(each.first, endpoint, model);
    });
    auto allowance = found != rules_.end()
                         ? found->second
                         : std::make_shared<Allowance>(
                               LimitRule{}, std::string(endpoint) + "/" + std::string(model));
    if (handed_out_.insert(allowance.get()).second) all_.push_back(allowance);
    return allowance;
}

}  // namespace nightshift
