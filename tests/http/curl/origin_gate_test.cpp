#include "http/curl/origin_gate.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <vector>

using nightshift::http::OriginGate;
using Ticket = OriginGate::Ticket;

namespace {

constexpr auto none = CURL_SOCKET_BAD;

// A number of transfers to one origin, and what libcurl would do with them.
struct Queue {
    explicit Queue(std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) {
            tickets.push_back(std::make_unique<Ticket>());
            free += gate.enter("https://a.example:443", *tickets.back());
        }
    }
    // What may start now, before any of it has been sent.
    std::vector<Ticket*> start() {
        std::vector<Ticket*> started;
        while (auto* ticket = gate.next()) started.push_back(ticket);
        return started;
    }
    // Those that start one after another and are sent on a connection with room.
    std::size_t send(std::size_t room) {
        std::size_t sent = 0;
        while (sent < room) {
            auto* ticket = gate.next();
            if (ticket == nullptr) break;
            gate.sends(*ticket, false, none, false);
            ++sent;
        }
        return sent;
    }
    OriginGate gate;
    std::vector<std::unique_ptr<Ticket>> tickets;
    int free = 0;
};

}  // namespace

TEST_CASE("until the protocol is known one transfer starts; HTTP/1.1 frees all") {
    Queue queue(50);
    CHECK(queue.free == 0);
    const auto first = queue.start();
    REQUIRE(first.size() == 1);

    queue.gate.sends(*first[0], true, 5, false);

    CHECK(queue.start().size() == 49);
    Ticket later;
    CHECK(queue.gate.enter("https://a.example:443", later));
    Ticket other;
    CHECK(!queue.gate.enter("https://b.example:443", other));
}

TEST_CASE("over HTTP/2 a new connection takes one stream until the server speaks") {
    Queue queue(300);
    const auto first = queue.start();
    queue.gate.sends(*first[0], true, 5, true);
    CHECK(queue.start().empty());

    queue.gate.heard(*first[0]);

    CHECK(queue.send(99) == 99);
    // The connection is full: as many as the other 200 need at 100 each.
    const auto more = queue.start();
    REQUIRE(more.size() == 2);
    // While these connect, a stream that ends makes room for another.
    queue.gate.leave(*queue.tickets[7], false);
    CHECK(queue.start().size() == 1);
    // None before it is known how many the next connection takes.
    queue.gate.sends(*more[0], true, 6, true);
    queue.gate.leave(*queue.tickets[8], false);
    CHECK(queue.start().empty());
    queue.gate.heard(*more[0]);
    CHECK(queue.start().size() == 1);  // beside the two that connect
}

TEST_CASE("a start that fails, and a while without progress, let twice as many start") {
    Queue queue(50);
    auto started = queue.start();
    queue.gate.leave(*started[0], true);
    CHECK(queue.start().size() == 2);

    queue.gate.hurry();  // something had moved
    CHECK(queue.start().empty());
    queue.gate.hurry();
    CHECK(queue.start().size() == 2);
    queue.gate.hurry();
    CHECK(queue.start().size() == 4);
}

TEST_CASE("one that is given up while it waits is not started") {
    Queue queue(3);
    const auto first = queue.start();
    queue.gate.leave(*queue.tickets[1], true);
    queue.gate.leave(*queue.tickets[1], true);

    queue.gate.sends(*first[0], true, 5, false);

    CHECK(queue.start() == std::vector<Ticket*>{queue.tickets[2].get()});
    CHECK(!queue.gate.has_waiting());
}
