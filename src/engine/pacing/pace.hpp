// Evenly spaced starts (GCRA: the theoretical arrival time of ATM Forum TM 4.0), because a burst
// is what a gateway that counts in windows refuses. The unit is requests or tokens.

#pragma once

#include "base/clock.hpp"

#include <algorithm>
#include <limits>

namespace nightshift {

class Pace {
public:
    static constexpr double unbounded = std::numeric_limits<double>::infinity();

    double per_s() const { return per_s_; }
    bool bounded() const { return per_s_ < unbounded; }
    // What is owed is owed in the unit: it is worked off at the other pace.
    void set(double per_s, Instant now) {
        if (bounded() && per_s < unbounded && empty_at_ > now) {
            empty_at_ = now + seconds(to_seconds(empty_at_ - now) * per_s_ / per_s);
        }
        per_s_ = per_s;
    }

    // So much may be saved up and start at once, besides what is due. Until it is set, a loop that
    // wakes up late may only catch up.
    void set_burst(double amount) { burst_ = amount; }
    // It is there from now on, though nothing was saved up.
    void grant_burst(Instant now) {
        if (bounded()) empty_at_ = std::min(empty_at_, now - saved_most());
    }

    // The earliest start of something of this cost.
    Instant next(Instant now, double cost) const {
        return bounded() ? std::max(now, empty_at_ + seconds(cost / per_s_)) : now;
    }
    void take(Instant now, double cost) {
        if (bounded()) empty_at_ = std::max(empty_at_ + seconds(cost / per_s_), now - saved_most());
    }
    // What was taken came to so much more or, negative, less.
    void correct(double cost) {
        if (!bounded()) return;
        empty_at_ += cost > 0 ? seconds(cost / per_s_) : -seconds(-cost / per_s_);
    }

private:
    // A loop that wakes up late may catch up so much, so that its lateness does not add up.
    static constexpr Duration slack = std::chrono::milliseconds(100);

    Duration saved_most() const { return std::max<Duration>(slack, seconds(burst_ / per_s_)); }

    double per_s_ = unbounded;
    double burst_ = 0;
    // Nothing is saved up from here on. At first so long ago that anything may start at once.
    Instant empty_at_ = Instant(-std::chrono::hours(24 * 365));
};

}  // namespace nightshift
