#include "replies/reply_memory.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>

namespace nightshift {

ReplyRoom::Place& ReplyRoom::Place::operator=(Place&& other) noexcept {
    release();
    room_ = std::move(other.room_);
    bytes_ = other.bytes_;
    return *this;
}

void ReplyRoom::Place::release() {
    if (auto room = std::exchange(room_, nullptr)) room->give_back(bytes_);
}

// `give_back` counts the bytes before it resumes who waits for them.
Async<ReplyRoom::Place> ReplyRoom::take(std::size_t bytes) {
    if (waiting_.empty() && has_room(bytes)) {
        taken_ += bytes;
    } else {
        auto start = [this, bytes](auto handler) {
            waiting_.push_back({bytes, Handler<void()>(std::move(handler))});
        };
        co_await boost::asio::async_initiate<decltype(use_async), void()>(start, use_async);
    }
    co_return Place(shared_from_this(), bytes);
}

void ReplyRoom::give_back(std::size_t bytes) {
    taken_ -= bytes;
    while (!waiting_.empty() && has_room(waiting_.front().bytes)) {
        taken_ += waiting_.front().bytes;
        boost::asio::post(io_, std::move(waiting_.front().handler));
        waiting_.pop_front();
    }
}

}  // namespace nightshift
