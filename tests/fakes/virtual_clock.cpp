#include "tests/fakes/virtual_clock.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>

namespace nightshift::test {
namespace {


}  // namespace

std::int64_t VirtualClock::wall_ms() const {
    return night_begins_ms + wall_offset_ms_ +
           std::chrono::duration_cast<std::chrono::milliseconds>(now_.time_since_epoch()).count();
}

Async<void> VirtualClock::sleep_until(Instant when) {
    auto start = [this, when](auto handler) {
        sleepers_.emplace(when, Handler<void()>(std::move(handler)));
    };
    co_await boost::asio::async_initiate<decltype(use_async), void()>(start, use_async);
}

bool VirtualClock::advance() {
    if (sleepers_.empty()) return false;
    now_ = std::max(now_, sleepers_.begin()->first);
    auto node = sleepers_.extract(sleepers_.begin());
    boost::asio::post(io_, std::move(node.mapped()));
    return true;
}

}  // namespace nightshift::test
