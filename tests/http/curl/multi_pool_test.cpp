#include "tests/http/client_fixture.hpp"
#include "tests/http/loopback_server.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace nightshift;
using namespace nightshift::test;
using namespace std::chrono_literals;

namespace {

struct ManyFixture {
    LoopbackServer server{[](const Received& exchange) {
        return std::vector<Act>{{.bytes = response(200, exchange.body), .pause = 2ms}};
    }};
    boost::asio::io_context io{1};
    http::Client client{io, {.connections_max = 20, .connections_each = 8}};

    // All at once; how many came back with what they sent.
    int send(int count) {
        std::vector<std::string> bodies;
        for (int i = 0; i < count; ++i) bodies.push_back("body " + std::to_string(i));
        int matching = 0;
        for (const auto& body : bodies) {
            boost::asio::co_spawn(io, client.send(post(server.url("/"), body)),
                                  [&](std::exception_ptr, const http::Reply& reply) {
                                      matching += reply.ok() && reply.body == body;
                                  });
        }
        io.restart();
        io.run();
        return matching;
    }

    int connections_since(std::size_t first) const {
        std::vector<int> used;
        const auto exchanges = server.exchanges();
        for (auto i = first; i < exchanges.size(); ++i) used.push_back(exchanges[i].connection);
        std::sort(used.begin(), used.end());
        return static_cast<int>(std::unique(used.begin(), used.end()) - used.begin());
    }
};

}  // namespace

TEST_CASE("requests over the connections of one handle go to the next, up to the maximum") {
    ManyFixture fixture;

    CHECK(fixture.send(100) == 100);

    CHECK(fixture.connections_since(0) == 20);
}

TEST_CASE("few requests stay in the first handle, with the connections that it has open") {
    ManyFixture fixture;

    for (int i = 0; i < 10; ++i) CHECK(fixture.send(1) == 1);

    CHECK(fixture.connections_since(0) == 1);
}

TEST_CASE("a lower maximum leaves handles unused that were made before") {
    ManyFixture fixture;
    CHECK(fixture.send(20) == 20);

    fixture.client.set_connections_max(8);
    CHECK(fixture.send(50) == 50);

    CHECK(fixture.connections_since(20) <= 8);
}

TEST_CASE("a client of several handles may be destroyed with requests under way") {
    LoopbackServer server(always("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab", Act::End::hang));
    boost::asio::io_context io{1};
    auto client = std::make_unique<http::Client>(io, http::ClientOptions{.connections_each = 4});
    int resumed = 0;
    for (int i = 0; i < 20; ++i) {
        boost::asio::co_spawn(io, client->send(post(server.url("/"), "x")),
                              [&](std::exception_ptr, const http::Reply&) { ++resumed; });
    }
    for (int step = 0; step < 150; ++step) io.run_one_for(100ms);

    client.reset();
    io.poll();

    CHECK(resumed == 0);
}
