// Bounds on size, time and descriptors: faults.md rows 41, 42, 48, 49, 78.

#include "tests/http/client_fixture.hpp"
#include "tests/http/gzip_bytes.hpp"
#include "tests/http/loopback_server.hpp"

#include <doctest/doctest.h>

#include <sys/resource.h>

using namespace nightshift;
using namespace nightshift::test;
using http::Trouble;
using namespace std::chrono_literals;

TEST_CASE("fault row 41: endless informational responses and endless headers are cut") {
    const Act flood{.bytes = "HTTP/1.1 103 Early Hints\r\n\r\n", .repeat = 100'000};
    const Act lines{.bytes = "X-More: 1\r\n", .repeat = 100'000};
    const Act status{.bytes = "HTTP/1.1 200 OK\r\n"};
    const std::vector<std::vector<Act>> floods = {{flood}, {status, lines}};
    for (const auto& acts : floods) {
        LoopbackServer server([&](const Received&) { return acts; });
        ClientFixture fixture;

        const auto reply = fixture.run(get(server.url("/")));

        CHECK(reply.trouble == Trouble::too_large);
    }
}

TEST_CASE("fault row 41: a body over its bound is cut as it arrives") {
    const Act chunks{.bytes = "10000\r\n" + std::string(0x10000, 'x') + "\r\n", .repeat = 100'000};
    LoopbackServer server([&](const Received&) {
        return std::vector<Act>{{.bytes = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"},
                                chunks};
    });
    ClientFixture fixture;
    auto request = get(server.url("/"));
    request.body_max_bytes = 1u << 20;

    const auto reply = fixture.run(request);

    CHECK(reply.trouble == Trouble::too_large);
    CHECK(reply.status == 200);
    CHECK(reply.bytes_received <= (1u << 20) + (1u << 18));
}

TEST_CASE(
    "fault row 42: compressed replies are decoded, and those that are not, taken as they are") {
    const std::string text(100'000, 'a');
    LoopbackServer server([&](const Received& exchange) {
        const bool honest = exchange.target == "/honest";
        const bool cut = exchange.target == "/cut";
        const auto body = honest ? gzip_of(text) : cut ? gzip_of(text).substr(0, 50'000) : "plain";
        return std::vector<Act>{{.bytes = response(200, body, "Content-Encoding: gzip\r\n")}};
    });
    ClientFixture fixture;

    const auto honest = fixture.run(get(server.url("/honest")));
    const auto lie = fixture.run(post(server.url("/lie"), "x"));
    const auto cut = fixture.run(post(server.url("/cut"), "x"));

    CHECK(honest.body == text);
    CHECK(server.exchanges().at(0).head.find("gzip") != std::string::npos);
    CHECK(lie.ok());
    CHECK(lie.body == "plain");
    CHECK(cut.trouble == Trouble::protocol);
    CHECK(cut.packing_cut);
    CHECK(cut.body.size() < text.size());
}

TEST_CASE("fault row 42: a decompression bomb is cut by its ratio, an honest big reply is not") {
    const std::string bomb = gzip_bomb(64u << 20);
    const std::string varied(3u << 20, 'v');
    const auto honest = gzip_of(varied);
    LoopbackServer server([&](const Received& exchange) {
        return std::vector<Act>{{.bytes = response(200, exchange.target == "/bomb" ? bomb : honest,
                                                   "Content-Encoding: gzip\r\n")}};
    });
    ClientFixture fixture;

    const auto cut = fixture.run(get(server.url("/bomb")));
    const auto whole = fixture.run(get(server.url("/honest")));

    CHECK(cut.trouble == Trouble::too_large);
    CHECK(cut.bytes_received < (32u << 20));
    CHECK(whole.ok());
    CHECK(whole.body == varied);
}

TEST_CASE("fault row 49: the total time and the idle time end a stalled request that was sent") {
    LoopbackServer server(always("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab", Act::End::hang));
    ClientFixture fixture;
    auto total = post(server.url("/"), "x");
    total.timeout = 100ms;
    auto idle = post(server.url("/"), "x");
    idle.idle_timeout = 1s;

    const auto timed_out = fixture.run(total);
    const auto stalled = fixture.run(idle);

    CHECK(timed_out.trouble == Trouble::timeout);
    CHECK(timed_out.sent);
    CHECK(stalled.trouble == Trouble::idle);
    CHECK(stalled.sent);
}

TEST_CASE("fault row 48: the stall rule ends a drip that the idle time would let go on") {
    LoopbackServer server([](const Received&) {
        return std::vector<Act>{{.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"},
                                {.bytes = "x", .repeat = 1000, .pause = 50ms}};
    });
    ClientFixture fixture;
    auto request = get(server.url("/"));
    request.low_speed_bytes_per_s = 1024;
    request.low_speed_time = 1s;

    const auto reply = fixture.run(request);

    CHECK(reply.trouble == Trouble::idle);
    CHECK(reply.bytes_received > 0);
}

TEST_CASE("a handshake that never answers is a connect timeout, not sent") {
    LoopbackServer server(always(""));  // reads the ClientHello and waits for a request
    boost::asio::io_context io{1};
    http::Client client(io, {.connect_timeout = 150ms});

    const auto reply =
        exchange(io, client, post("https://127.0.0.1:" + std::to_string(server.port()) + "/", "x"));

    CHECK(reply.trouble == Trouble::connect_timeout);
    CHECK_FALSE(reply.sent);
}

TEST_CASE("fault row 78: our own lack of descriptors is not held against the gateway") {
    LoopbackServer server(always(response(200, "ok")));
    ClientFixture fixture;
    REQUIRE(fixture.run(get(server.url("/"))).ok());
    rlimit limit{};
    REQUIRE(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    auto none = limit;
    none.rlim_cur = 3;
    auto request = post(server.url("/"), "x");
    request.fresh_connection = true;

    REQUIRE(setrlimit(RLIMIT_NOFILE, &none) == 0);
    const auto reply = fixture.run(request);
    REQUIRE(setrlimit(RLIMIT_NOFILE, &limit) == 0);

    CHECK(reply.trouble == Trouble::local);
    CHECK_FALSE(reply.sent);
}
