#include "engine/pacing/slots.hpp"

#include "base/bounds.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <limits>
#include <utility>

namespace nightshift {

Slots::Slots(boost::asio::io_context& io, int total) : io_(io), total_(std::max(1, total)) {}

void Slots::resize(int total) {
    total_ = std::max(1, total);
    admit();
    if (on_free_) on_free_();
}

Slots::Held& Slots::Held::operator=(Held&& other) noexcept {
    release();
    slots_ = std::move(other.slots_);
    use_ = other.use_;
    return *this;
}

void Slots::Held::release() {
    if (auto slots = std::exchange(slots_, nullptr)) slots->give_back(use_);
}

Slots::Paid::Paid(std::shared_ptr<Slots> slots) : slots_(std::move(slots)) {
    ++slots_->paid_;
}

Slots::Paid& Slots::Paid::operator=(Paid&& other) noexcept {
    release();
    slots_ = std::move(other.slots_);
    return *this;
}

void Slots::Paid::release() {
    const auto slots = std::exchange(slots_, nullptr);
    if (slots && --slots->paid_ == 0 && slots->on_free_) slots->on_free_();
}

// Places that are kept for this use and that it does not have.
int Slots::missing(Use use) const {
    if (total_ < limits::slots_shared_from || paid_ == 0) return 0;
    const int kept = use == Use::poll       ? std::max(1, total_ / limits::poll_share)
                     : use == Use::download ? std::max(1, total_ / limits::download_share)
                                            : 0;
    return std::max(0, kept - (use == Use::poll ? polls_ : downloads_));
}

bool Slots::may_take(Use use) const {
    switch (use) {
        case Use::poll:
            return free() > 0;
        case Use::download:
            return free() > missing(Use::poll) && downloads_ < std::max(1, total_ / 2);
        case Use::post:
            break;
    }
    return free() > missing(Use::poll) + missing(Use::download);
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

// `admit` counts the slot before it resumes who waits for it.
Async<Slots::Held> Slots::take_poll() {
    if (polls_waiting_.empty() && may_take(Use::poll)) {
        add(Use::poll, +1);
    } else {
        auto start = [this](auto handler) { polls_waiting_.push_back(Waiter(std::move(handler))); };
        co_await boost::asio::async_initiate<decltype(use_async), void()>(start, use_async);
    }
    co_return Held(shared_from_this(), Use::poll);
}

Async<Slots::Held> Slots::take_download(std::int64_t expires_at) {
    if (downloads_waiting_.empty() && may_take(Use::download)) {
        add(Use::download, +1);
    } else {
        const auto turn = expires_at > 0 ? expires_at : std::numeric_limits<std::int64_t>::max();
        auto start = [this, turn](auto handler) {
            downloads_waiting_.emplace(turn, Waiter(std::move(handler)));
        };
        co_await boost::asio::async_initiate<decltype(use_async), void()>(start, use_async);
    }
    co_return Held(shared_from_this(), Use::download);
}

void Slots::give_back(Use use) {
    add(use, -1);
    admit();
    if (on_free_) on_free_();
}

bool Slots::admit_poll() {
    if (polls_waiting_.empty() || !may_take(Use::poll)) return false;
    add(Use::poll, +1);
    boost::asio::post(io_, std::move(polls_waiting_.front()));
    polls_waiting_.pop_front();
    return true;
}

bool Slots::admit_download() {
    if (downloads_waiting_.empty() || !may_take(Use::download)) return false;
    add(Use::download, +1);
    auto first = downloads_waiting_.extract(downloads_waiting_.begin());
    boost::asio::post(io_, std::move(first.mapped()));
    return true;
}

// Downloads up to their share, then polls, then more downloads: a queue of polls that never ends
// does not hold them up.
void Slots::admit() {
    while (missing(Use::download) > 0 && admit_download()) {
    }
    while (admit_poll()) {
    }
    while (admit_download()) {
    }
}

}  // namespace nightshift
