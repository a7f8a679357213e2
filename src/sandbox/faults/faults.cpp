// Counting calls and choosing the rule.
#include "sandbox/faults/faults.hpp"

#include "sandbox/call/catalog.hpp"

#include <algorithm>

namespace nightshift::sandbox {
namespace {

constexpr std::size_t keys_counted = 1'000'000;  // a bound on memory, about 100 MB at worst

bool concerns(const Rule& rule, const Occasion& occasion) {
    const bool early = rule.fault.cut == Cut::reset_before_body;
    if (early == occasion.body_read) return false;
    const auto& list = rule.endpoints;
    const bool named = std::find(list.begin(), list.end(), occasion.endpoint) != list.end();
    return (list.empty() || named) && glob_matches(rule.model, occasion.model);
}

std::uint64_t number_of_call(Rule& rule, const Occasion& occasion) {
    ++rule.seen;
    if (!rule.by_key) return rule.seen;
    if (rule.seen_by_key.size() >= keys_counted) rule.seen_by_key.clear();
    return ++rule.seen_by_key[occasion.key];
}

bool falls_on(const Rule& rule, std::uint64_t number) {
    if (number % rule.every != 0) return false;
    if (rule.calls.empty()) return true;
    return std::any_of(rule.calls.begin(), rule.calls.end(), [number](const CallRange& range) {
        return range.first <= number && number <= range.last;
    });
}

}  // namespace

Fault Faults::deal(const Occasion& occasion) {
    Rule* chosen = nullptr;
    for (Rule& rule : rules_) {
        if (!concerns(rule, occasion)) continue;
        const std::uint64_t number = number_of_call(rule, occasion);
        if (!falls_on(rule, number) || rule.done >= rule.times) continue;
        const bool lucky = rule.probability >= 1 || dice_.unit() < rule.probability;
        if (lucky && chosen == nullptr) chosen = &rule;
    }
    if (chosen == nullptr) return {};
    ++chosen->done;
    return chosen->fault;
}

}  // namespace nightshift::sandbox
