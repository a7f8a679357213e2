#include "engine/retry/breaker.hpp"

#include <algorithm>
#include <cmath>

namespace nightshift {

void Breaker::open(Instant now) {
    const double whole = rule_.first_pause_s * std::pow(2.0, std::min(pauses_++, 30));
    const double pause_s = std::min(rule_.longest_pause_s, whole) * (1 - 0.1 * random_.unit());
    probing_ = false;
    until_ = now + seconds(pause_s);
}

void Breaker::record(bool good, Instant now) {
    if (good) {
        failures_ = pauses_ = 0;
        probing_ = false;
    } else if (is_closed()) {
        if (++failures_ >= rule_.failures_in_row) open(now);
    } else if (probing_) {
        open(now);
    }
}

bool Breaker::may_pass(Instant now) {
    if (is_closed()) return true;
    if (now < until_) return false;
    probing_ = true;
    until_ = now + seconds(rule_.first_pause_s);  // for the next probe, if this one is lost
    return true;
}

Instant Breaker::next_pass(Instant now) const {
    return is_closed() ? now : std::max(now, until_);
}

}  // namespace nightshift
