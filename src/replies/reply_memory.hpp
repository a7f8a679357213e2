// Memory for large replies that wait on disk to be read: so many bytes at once, first come first
// served. One that is larger than all of it is read alone.

#pragma once

#include "base/async.hpp"
#include "base/handler.hpp"

#include <cstddef>
#include <deque>
#include <memory>
#include <utility>

namespace nightshift {

class ReplyRoom : public std::enable_shared_from_this<ReplyRoom> {
public:
    // Gives its bytes back when it goes.
    class Place {
    public:
        Place() = default;
        Place(std::shared_ptr<ReplyRoom> room, std::size_t bytes)
            : room_(std::move(room)), bytes_(bytes) {}
        Place(Place&&) noexcept = default;
        Place& operator=(Place&& other) noexcept;
        ~Place() { release(); }

    private:
        void release();
        std::shared_ptr<ReplyRoom> room_;
        std::size_t bytes_ = 0;
    };

    ReplyRoom(boost::asio::io_context& io, std::size_t bytes) : io_(io), bytes_(bytes) {}
    Async<Place> take(std::size_t bytes);

private:
    struct Waiter {
        std::size_t bytes;
        Handler<void()> handler;
    };
    bool has_room(std::size_t bytes) const { return taken_ == 0 || taken_ + bytes <= bytes_; }
    void give_back(std::size_t bytes);

    boost::asio::io_context& io_;
    std::size_t bytes_, taken_ = 0;
    std::deque<Waiter> waiting_;
};

// Bytes of replies that are in memory because what they hold is not on its way to disk yet. Each
// attempt holds its own until it ends; their sum keeps new POSTs back when the disk is the slower.

class ReplyBytes {
public:
    using Sum = std::shared_ptr<std::size_t>;

    ReplyBytes() = default;
    ReplyBytes(Sum sum, std::size_t bytes) : sum_(std::move(sum)), bytes_(bytes) {
        *sum_ += bytes_;
    }
    ReplyBytes(ReplyBytes&& other) noexcept { swap(other); }
    ReplyBytes& operator=(ReplyBytes&& other) noexcept {
        ReplyBytes taken(std::move(other));
        swap(taken);
        return *this;
    }
    ~ReplyBytes() {
        if (sum_) *sum_ -= bytes_;
    }

private:
    void swap(ReplyBytes& other) noexcept {
        std::swap(sum_, other.sum_);
        std::swap(bytes_, other.bytes_);
    }

    Sum sum_;
    std::size_t bytes_ = 0;
};

}  // namespace nightshift
