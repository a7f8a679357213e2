#include "base/clock.hpp"

#include "base/handler.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <ctime>

namespace nightshift {

BootClock::time_point BootClock::now() {
    std::timespec time{};
    clock_gettime(CLOCK_BOOTTIME, &time);
    return time_point(std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec));
}

Duration seconds(double value) {
    constexpr double century_s = 100 * 366 * 86400.0;
    return Duration(static_cast<Duration::rep>(std::clamp(value, 0.0, century_s) * 1e9));
}

double to_seconds(Duration value) {
    return std::chrono::duration<double>(value).count();
}

// The sleepers, by time, and the one kernel timer they share. The timer counts awake time only,
// so it is re-armed at least every `patience`: after a suspend nobody oversleeps longer.
struct SystemClock::Alarm {
    using Sleeper = Handler<void()>;
    static constexpr std::chrono::seconds patience{5};

    explicit Alarm(boost::asio::io_context& io) : io_(io), timer(io) {}

    boost::asio::io_context& io_;
    boost::asio::steady_timer timer;
    std::multimap<Instant, Sleeper> sleepers;
    Instant armed_for = Instant::max();

    void add(Instant when, Sleeper sleeper) {
        sleepers.emplace(when, std::move(sleeper));
        if (when < armed_for) arm();
    }

    void arm() {
        if (sleepers.empty()) {
            armed_for = Instant::max();
            timer.cancel();
            return;
        }
        armed_for = sleepers.begin()->first;
        const auto left = std::max(Duration::zero(), armed_for - BootClock::now());
        timer.expires_after(std::min<Duration>(left, patience));
        timer.async_wait([this](const boost::system::error_code& error) {
            if (!error) ring();
        });
    }

    void ring() {
        const auto now = BootClock::now();
        while (!sleepers.empty() && sleepers.begin()->first <= now) {
            auto node = sleepers.extract(sleepers.begin());
            boost::asio::post(io_, std::move(node.mapped()));
        }
        arm();
    }
};

SystemClock::SystemClock(boost::asio::io_context& io) : alarm_(std::make_unique<Alarm>(io)) {}
SystemClock::~SystemClock() = default;

Instant SystemClock::now() const {
    return BootClock::now();
}

std::int64_t unix_ms() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

std::int64_t SystemClock::wall_ms() const {
    return unix_ms();
}

Async<void> SystemClock::sleep_until(Instant when) {
    auto start = [this, when](auto handler) {
        alarm_->add(when, Handler<void()>(std::move(handler)));
    };
    co_await boost::asio::async_initiate<decltype(use_async), void()>(start, use_async);
}

}  // namespace nightshift
