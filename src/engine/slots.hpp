// Requests in flight, all lanes together (-j). Polls and downloads wait here for their turn and go
// before new POSTs, because what is paid comes first; downloads never take more than half, so
// that long ones cannot hold everything up.

#pragma once

#include "core/async.hpp"
#include "core/handler.hpp"

#include <deque>
#include <functional>
#include <memory>

namespace nightshift {

class Slots : public std::enable_shared_from_this<Slots> {
public:
    enum class Use { post, poll, download };

    // Gives its slot back when it goes.
    class Held {
    public:
        Held() = default;
        Held(std::shared_ptr<Slots> slots, Use use) : slots_(std::move(slots)), use_(use) {}
        Held(Held&&) noexcept = default;
        Held& operator=(Held&& other) noexcept;
        ~Held() { release(); }
        void release();

    private:
        std::shared_ptr<Slots> slots_;
        Use use_ = Use::post;
    };

    Slots(boost::asio::io_context& io, int total);
    // A slot for a POST, only if one is free and nobody with a right of way waits.
    bool post_is_free() const;
    Held take_post();
    Async<Held> take(Use use);  // poll or download: waits

    int in_flight() const { return posts_ + polls_ + downloads_; }
    void on_free(std::function<void()> callback) { on_free_ = std::move(callback); }

private:
    using Waiter = Handler<void()>;
    bool may_take(Use use) const;
    void add(Use use, int delta);
    void give_back(Use use);
    void admit();

    boost::asio::io_context& io_;
    int total_;
    int posts_ = 0, polls_ = 0, downloads_ = 0;
    std::deque<Waiter> polls_waiting_, downloads_waiting_;
    std::function<void()> on_free_;
};

}  // namespace nightshift
