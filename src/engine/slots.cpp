#include "engine/slots.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace nightshift {

Slots::Slots(boost::asio::io_context& io, int total) : io_(io), total_(std::max(1, total)) {}

Slots::Held& Slots::Held::operator=(Held&& other) noexcept {
    release();
    slots_ = std::move(other.slots_);
    use_ = other.use_;
    return *this;
}

void Slots::Held::release() {
    if (auto slots = std::exchange(slots_, nullptr)) slots->give_back(use_);
}

bool Slots::may_take(Use use) const {
    if (in_flight() >= total_) return false;
    return use != Use::download || downloads_ < std::max(1, total_ / 2);
}

void Slots::add(Use use, int delta) {
    auto& count = use == Use::post ? posts_ : use == Use::poll ? polls_ : downloads_;
    count += delta;
}

bool Slots::post_is_free() const {
    if (!may_take(Use::post) || !polls_waiting_.empty()) return false;
    return downloads_waiting_.empty() || !may_take(Use::download);
}

Slots::Held Slots::take_post() {
    add(Use::post, +1);
    return Held(shared_from_this(), Use::post);
}

Async<Slots::Held> Slots::take(Use use) {
    auto& waiting = use == Use::poll ? polls_waiting_ : downloads_waiting_;
    if (waiting.empty() && may_take(use)) {
        add(use, +1);
    } else {
        // `admit` counts the slot before it resumes us.
        auto start = [&waiting](auto handler) { waiting.push_back(Waiter(std::move(handler))); };
        co_await boost::asio::async_initiate<decltype(use_async), void()>(start, use_async);
    }
    co_return Held(shared_from_this(), use);
}

void Slots::give_back(Use use) {
    add(use, -1);
    admit();
    if (on_free_) on_free_();
}

void Slots::admit() {
    while (!polls_waiting_.empty() && may_take(Use::poll)) {
        add(Use::poll, +1);
        boost::asio::post(io_, std::move(polls_waiting_.front()));
        polls_waiting_.pop_front();
    }
    while (!downloads_waiting_.empty() && may_take(Use::download)) {
        add(Use::download, +1);
        boost::asio::post(io_, std::move(downloads_waiting_.front()));
        downloads_waiting_.pop_front();
    }
}

}  // namespace nightshift
