#include "engine/pacing/remote_places.hpp"

#include "base/bounds.hpp"

#include <algorithm>
#include <cmath>

namespace nightshift {
namespace {

constexpr int refusals_to_narrow = 2;  // one alone may be chance
constexpr double first_try_s = 60, longest_try_s = 600;

}  // namespace

RemotePlaces::RemotePlaces(std::optional<int> known)
    : known_(known.has_value()), size_(known.value_or(limits::remote_tasks)) {}

void RemotePlaces::begin_at(int size, Instant now) {
    if (known_) return;
    size_ = std::clamp(size, 1, limits::remote_tasks);
    narrowed_ = true;
    try_at_ = now + seconds(first_try_s);
}

Instant RemotePlaces::next(int under_way, Instant now) const {
    if (under_way < size_) return now;
    return narrowed_ && under_way == size_ ? std::max(now, try_at_) : Instant::max();
}

void RemotePlaces::accepted(int under_way) {
    in_row_ = 0;
    if (!narrowed_ || under_way <= size_) return;
    size_ = under_way;
    try_at_ = Instant::min();
    if (size_ < limits::remote_tasks) return;
    narrowed_ = false;
    tries_ = 0;
}

bool RemotePlaces::refused(int under_way, Instant now) {
    const int others = under_way - 1;
    if (known_ || others < 1) return false;
    const bool was_try = narrowed_ && others >= size_;
    if (!was_try && ++in_row_ < refusals_to_narrow) return false;
    size_ = std::min(size_, others);
    narrowed_ = true;
    const double wait_s =
        std::min(longest_try_s, first_try_s * std::pow(2.0, std::min(tries_, 10)));
    if (was_try && try_at_ <= now) ++tries_;
    try_at_ = now + seconds(wait_s);
    return true;
}

}  // namespace nightshift
