#include "engine/retry/lane_health.hpp"

#include "base/bounds.hpp"

#include <algorithm>
#include <cctype>

namespace nightshift {
namespace {

// Of these a hundred more would fail as well, and some of them are paid. What a provider thinks
// of one prompt says nothing about the next.
bool is_of_the_lane(Kind kind) {
    return kind == Kind::invalid_request || kind == Kind::truncated || kind == Kind::no_output ||
           kind == Kind::invalid_output;
}

// The same but for ids and numbers.
std::string reason_of(const Failure& failure) {
    std::string reason = std::string(name_of(failure.kind)) + failure.code;
    // After the task's own path or id, which come before the first ": ".
    const auto cause = failure.message.find(": ");
    if (failure.kind != Kind::invalid_request || cause == std::string::npos) return reason;
    std::remove_copy_if(failure.message.begin() + static_cast<std::ptrdiff_t>(cause),
                        failure.message.end(), std::back_inserter(reason),
                        [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; });
    return reason;
}

}  // namespace

LaneHealth::LaneHealth(Random& random)
    : breaker_({.failures_in_row = limits::breaker_rows,
                .first_pause_s = limits::breaker_first_s,
                .longest_pause_s = limits::breaker_longest_s},
               random) {}

void LaneHealth::answered_well(Instant now) {
    troubled_.clear();
    breaker_.record(true, now);
}

void LaneHealth::had_trouble(std::int64_t row, bool probe, Instant now) {
    const bool another = troubled_.insert(row).second;
    if (another || probe) breaker_.record(false, now);
}

bool LaneHealth::failed_alike(const Failure& failure) {
    if (!is_of_the_lane(failure.kind)) return false;
    auto reason = reason_of(failure);
    alike_ = reason == reason_ ? alike_ + 1 : 1;
    reason_ = std::move(reason);
    return alike_ == limits::failures_alike;
}

}  // namespace nightshift
