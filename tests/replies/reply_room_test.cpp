#include "replies/reply_memory.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <doctest/doctest.h>

#include <map>

using namespace nightshift;

namespace {

struct Hall {
    // Takes a place and keeps it until leave().
    void come(int who, std::size_t bytes) {
        auto visit = [](Hall& hall, int visitor, std::size_t size) -> Async<void> {
            auto place = co_await hall.room->take(size);
            hall.inside[visitor] = std::move(place);
        };
        auto whole = visit(*this, who, bytes);
        boost::asio::co_spawn(io, std::move(whole), boost::asio::detached);
        run();
    }
    void leave(int who) {
        inside.erase(who);
        run();
    }
    bool has(int who) const { return inside.count(who) != 0; }
    void run() {
        io.restart();
        io.poll();
    }

    boost::asio::io_context io{1};
    std::shared_ptr<ReplyRoom> room = std::make_shared<ReplyRoom>(io, 100);
    std::map<int, ReplyRoom::Place> inside;
};

}  // namespace

TEST_CASE("replies are let in while there is room, and then in the order in which they came") {
    Hall hall;
    hall.come(1, 60);
    hall.come(2, 20);
    hall.come(3, 50);
    hall.come(4, 10);
    CHECK(hall.has(1));
    CHECK(hall.has(2));
    CHECK_FALSE(hall.has(3));
    CHECK_FALSE(hall.has(4));  // it would have room, but it came later

    hall.leave(2);
    CHECK_FALSE(hall.has(3));
    CHECK_FALSE(hall.has(4));
    hall.leave(1);
    CHECK(hall.has(3));
    CHECK(hall.has(4));
}

TEST_CASE("a reply that is larger than the room is let in alone") {
    Hall hall;
    hall.come(1, 10);
    hall.come(2, 1000);
    CHECK_FALSE(hall.has(2));
    hall.leave(1);
    CHECK(hall.has(2));
    hall.come(3, 1);
    CHECK_FALSE(hall.has(3));
    hall.leave(2);
    CHECK(hall.has(3));
}
