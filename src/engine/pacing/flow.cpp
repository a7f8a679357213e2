#include "engine/pacing/flow.hpp"

#include <algorithm>
#include <cmath>

namespace nightshift {

std::int64_t Flow::number_of(Instant at) {
    return static_cast<std::int64_t>(std::floor(to_seconds(at.time_since_epoch()) / slice_s));
}

void Flow::put_slice(std::int64_t number, const Sum& sum) {
    if (slices_.empty()) slices_.resize(slices);
    auto& slice = slices_[place_of(number)];
    if (slice.number > number) return;  // too old to be remembered
    if (slice.number < number) slice = {.number = number};
    slice.sum.count += sum.count;
    slice.sum.tokens += sum.tokens;
}

void Flow::put(Instant at, double count, double tokens) {
    put_slice(number_of(at), {.count = count, .tokens = tokens});
}

void Flow::add(const Flow& other, double share) {
    for (const auto& slice : other.slices_) {
        if (slice.number < 0) continue;
        put_slice(slice.number,
                  {.count = share * slice.sum.count, .tokens = share * slice.sum.tokens});
    }
}

void Flow::scale_tokens(double factor) {
    for (auto& slice : slices_) slice.sum.tokens *= factor;
}

Flow::Sum Flow::last(double span_s, Instant now) const {
    if (slices_.empty()) return {};
    const double begin_s = to_seconds(now.time_since_epoch()) - std::min(span_s, longest_s);
    const auto begin = static_cast<std::int64_t>(std::floor(begin_s / slice_s));
    const auto end = number_of(now);
    Sum sum;
    for (auto number = begin; number <= end; ++number) {
        const auto& slice = slices_[place_of(number)];
        if (slice.number != number) continue;
        // Of the oldest slice only the part within the span.
        const double share =
            number > begin ? 1 : static_cast<double>(begin + 1) - begin_s / slice_s;
        sum.count += share * slice.sum.count;
        sum.tokens += share * slice.sum.tokens;
    }
    return sum;
}

Instant Flow::when_at_most(double most, bool in_tokens, Instant now) const {
    const auto sum = last(60, now);
    double left = in_tokens ? sum.tokens : sum.count;
    constexpr double nothing = 1e-6;
    most = std::max(most, nothing);  // one alone always has room
    if (left <= most) return now;
    const auto end = number_of(now);
    for (auto number = number_of(now - seconds(60)); number <= end; ++number) {
        const auto& slice = slices_[place_of(number)];
        if (slice.number != number) continue;
        left -= in_tokens ? slice.sum.tokens : slice.sum.count;
        if (left > most) continue;
        const Instant over(seconds(static_cast<double>(number + 1) * slice_s));
        return std::max(now, over + seconds(60));
    }
    return now + seconds(60);
}

}  // namespace nightshift
