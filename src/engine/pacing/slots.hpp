// Requests in flight, all lanes together (-j), and the share of each use, so that none can hold up
// another. Polls and downloads wait here for their turn and go before new POSTs, because what is
// paid comes first. While something paid is still to be had (a Paid exists), an eighth is kept for
// polls and a quarter for downloads; POSTs take what is not kept, polls any free place, downloads
// half at most. With fewer than four places nothing is kept.

#pragma once

#include "base/async.hpp"
#include "base/handler.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
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

    // Says that there is something paid to be had, as long as it lives.
    class Paid {
    public:
        Paid() = default;
        explicit Paid(std::shared_ptr<Slots> slots);
        Paid(Paid&&) noexcept = default;
        Paid& operator=(Paid&& other) noexcept;
        ~Paid() { release(); }

    private:
        void release();
        std::shared_ptr<Slots> slots_;
    };

    Slots(boost::asio::io_context& io, int total);
    // What is in flight beyond fewer goes on.
    void resize(int total);
    // A slot for a POST, only if one is free and nobody with a right of way waits.
    bool post_is_free() const;
    Held take_post();
    Async<Held> take_poll();  // waits, first come first served
    // Waits: what expires first goes first (Unix seconds; 0: not known, after all others).
    Async<Held> take_download(std::int64_t expires_at);

    int in_flight() const { return posts_ + polls_ + downloads_; }
    int total() const { return total_; }
    void on_free(std::function<void()> callback) { on_free_ = std::move(callback); }

private:
    using Waiter = Handler<void()>;
    int free() const { return total_ - in_flight(); }
    int missing(Use use) const;
    bool may_take(Use use) const;
    bool admit_poll();
    bool admit_download();
    void add(Use use, int delta);
    void give_back(Use use);
    void admit();

    boost::asio::io_context& io_;
    int total_;
    int posts_ = 0, polls_ = 0, downloads_ = 0;
    int paid_ = 0;
    std::deque<Waiter> polls_waiting_;
    std::multimap<std::int64_t, Waiter> downloads_waiting_;  // by expiry, then first come
    std::function<void()> on_free_;
};

}  // namespace nightshift
