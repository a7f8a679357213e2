// Time as the program sees it: one monotonic clock for every interval, wall time for display only.
// The simulator hands in its own, so a night of polling takes no time there.

#pragma once

#include "base/async.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>

namespace nightshift {

// CLOCK_BOOTTIME: goes on while the machine is suspended, never jumps with the wall clock.
struct BootClock {
    using duration = std::chrono::nanoseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<BootClock>;
    static constexpr bool is_steady = true;
    static time_point now();
};

using Instant = BootClock::time_point;
using Duration = BootClock::duration;

// Seconds as people write them ("1.5") to a Duration; negative and absurd values are clamped
// to 0 and to 100 years.
Duration seconds(double value);
double to_seconds(Duration value);

// The machine's wall clock, Unix time in milliseconds: for commands that have no Clock.
std::int64_t unix_ms();

class Clock {
public:
    virtual ~Clock() = default;
    virtual Instant now() const = 0;
    virtual std::int64_t wall_ms() const = 0;  // Unix time, for people and for link expiry
    // Resumes at or soon after `when`, at once if it has passed.
    virtual Async<void> sleep_until(Instant when) = 0;
};

// Real time. All sleepers share one kernel timer, so ten thousand waiting tasks cost no more.
class SystemClock : public Clock {
public:
    explicit SystemClock(boost::asio::io_context& io);
    ~SystemClock() override;
    Instant now() const override;
    std::int64_t wall_ms() const override;
    Async<void> sleep_until(Instant when) override;

private:
    struct Alarm;
    std::unique_ptr<Alarm> alarm_;
};

}  // namespace nightshift
