// Connections as servers keep them, and many of them on a thin line.

#include "tests/http/client_fixture.hpp"
#include "tests/http/loopback_server.hpp"

#include <boost/asio/steady_timer.hpp>
#include <doctest/doctest.h>

using namespace nightshift;
using namespace nightshift::test;
using http::Trouble;
using namespace std::chrono_literals;

// The rule is for each transfer, and a fiftieth of such a line is above it. (Queues of the kernel
// share a line fairly over a minute, not over the seconds that a test may take: the server paces.)
TEST_CASE("fault row 54: of fifty downloads that share 1 Mbit/s only the dead one is stalled") {
    const Act begin{.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n"};
    const Act paced{.bytes = std::string(250, 'x'), .repeat = 40, .pause = 100ms};
    LoopbackServer server([&](const Received& asked) {
        if (asked.target == "/dead") return std::vector<Act>{begin, {.end = Act::End::hang}};
        return std::vector<Act>{begin, paced};
    });
    ClientFixture fixture;
    int whole = 0, stalled = 0;
    for (int i = 0; i < 50; ++i) {
        auto request = get(server.url(i == 0 ? "/dead" : "/good"));
        request.low_speed_bytes_per_s = 1024;
        request.low_speed_time = 2s;
        request.timeout = {};
        auto send = fixture.client.send(std::move(request));
        boost::asio::co_spawn(fixture.io, std::move(send),
                              [&](std::exception_ptr, const http::Reply& reply) {
                                  whole += reply.body.size() == 10'000;
                                  stalled += reply.trouble == Trouble::idle;
                              });
    }
    fixture.io.run();

    CHECK(whole == 49);
    CHECK(stalled == 1);
}

TEST_CASE(
    "fault row 59: of a thousand POSTs on connections that are half-closed none is in doubt") {
    LoopbackServer server([](const Received& asked) {
        const auto end = asked.number == 10 ? Act::End::half_close : Act::End::keep;
        return std::vector<Act>{{.bytes = response(200, "good"), .end = end}};
    });
    ClientFixture fixture;
    int good = 0;
    for (int i = 1; i <= 1000; ++i) {
        good += fixture.run(post(server.url("/v1/messages"), "one")).ok();
        if (i % 10 == 0) server.wait_for_ended(i / 10);
    }

    CHECK(good == 1000);
    CHECK(server.exchanges().size() == 1000);
}

TEST_CASE("fault row 59: a connection that was idle for as long as servers wait is not used") {
    LoopbackServer server(always(response(200, "good")));
    ClientFixture fixture;
    auto idle = [&](std::chrono::milliseconds time) {
        fixture.io.restart();
        boost::asio::steady_timer timer(fixture.io, time);
        timer.async_wait([](const boost::system::error_code&) {});
        fixture.io.run();
    };

    CHECK(fixture.run(post(server.url("/v1/messages"), "one")).ok());
    idle(1s);
    CHECK(fixture.run(post(server.url("/v1/messages"), "two")).ok());
    idle(4200ms);
    CHECK(fixture.run(post(server.url("/v1/messages"), "three")).ok());

    const auto asked = server.exchanges();
    REQUIRE(asked.size() == 3);
    CHECK(asked[1].connection == 1);
    CHECK(asked[2].connection == 2);
}
