#include "engine/polling/wakeup.hpp"

#include "base/handler.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

namespace nightshift {

struct Wakeup::State {
    boost::asio::io_context& io;
    Clock& clock;
    bool changed = false;
    Instant alarm = Instant::max();  // earliest sleeper that is set
    Handler<void()> waiter = {};

    void notify() {
        changed = true;
        if (waiter) boost::asio::post(io, std::move(waiter));
    }
};

namespace {

template <class State>
Async<void> ring_at(std::shared_ptr<State> state, Instant when) {
    co_await state->clock.sleep_until(when);
    if (state->alarm == when) state->alarm = Instant::max();
    state->notify();
}

}  // namespace

Wakeup::Wakeup(boost::asio::io_context& io, Clock& clock)
    : state_(std::make_shared<State>(State{.io = io, .clock = clock})) {}

void Wakeup::notify() {
    state_->notify();
}

Async<void> Wakeup::wait_until(Instant when) {
    auto& state = *state_;  // a share would be held by the waiter that the state holds
    if (!state.changed) {
        // A sleeper that is set for an earlier time rings first; the loop then asks again.
        if (when < state.alarm) {
            state.alarm = when;
            boost::asio::co_spawn(state.io, ring_at(state_, when), boost::asio::detached);
        }
        auto start = [&state](auto handler) {
            state.waiter = Handler<void()>(std::move(handler));
        };
        co_await boost::asio::async_initiate<decltype(use_async), void()>(start, use_async);
    }
    state.changed = false;
}

}  // namespace nightshift
