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

}  // namespace nightshift
