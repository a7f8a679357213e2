// A clock that jumps to the next sleeper when nothing else is to do.

#pragma once

#include "base/clock.hpp"
#include "base/handler.hpp"

#include <boost/asio/io_context.hpp>

#include <map>

namespace nightshift::test {

constexpr std::int64_t night_begins_ms = 1'800'000'000'000;  // Unix time of its first instant

class VirtualClock : public Clock {
public:
    explicit VirtualClock(boost::asio::io_context& io, Instant now = Instant(std::chrono::hours(1)))
        : io_(io), now_(now) {}
    Instant now() const override { return now_; }
    std::int64_t wall_ms() const override;
    Async<void> sleep_until(Instant when) override;
    // To the next sleeper; false when there is none.
    bool advance();
    // The machine sleeps: whoever waits is late.
    void suspend(Duration how_long) { now_ += how_long; }
    // Somebody sets the wall clock; the monotonic one does not notice.
    void jump_wall(std::int64_t ms) { wall_offset_ms_ += ms; }

private:
    boost::asio::io_context& io_;
    Instant now_;
    std::int64_t wall_offset_ms_ = 0;
    std::multimap<Instant, Handler<void()>> sleepers_;
};

}  // namespace nightshift::test
