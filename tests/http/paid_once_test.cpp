// libcurl sends a POST again when a reused connection dies (finding 1 of faults.md), unless it is
// stopped.

#include "tests/http/client_fixture.hpp"
#include "tests/http/loopback_server.hpp"

#include <doctest/doctest.h>

using namespace nightshift;
using namespace nightshift::test;
using http::Trouble;

namespace {

// Answers the first request of a connection, then does `act` to the second.
Script good_then(Act act) {
    return [act](const Received& exchange) {
        if (exchange.number == 1) return std::vector<Act>{{.bytes = response(200, "good")}};
        return std::vector<Act>{act};
    };
}

// The second POST of a connection meets `act`: it is sent once, and that is told.
void check_sent_once(const Act& act) {
    LoopbackServer server(good_then(act));
    ClientFixture fixture;

    const auto first = fixture.run(post(server.url("/v1/videos"), "one"));
    const auto second = fixture.run(post(server.url("/v1/videos"), "two"));

    CHECK(first.ok());
    CHECK(second.trouble == Trouble::repeat_refused);
    CHECK(second.sent);
    CHECK(second.status == 0);
    const auto exchanges = server.exchanges();
    REQUIRE(exchanges.size() == 2);
    CHECK(exchanges[1].connection == 1);
    CHECK(exchanges[1].body == "two");
}

}  // namespace

TEST_CASE("fault row 17: a POST whose reused connection closes is executed once and was sent") {
    check_sent_once({.end = Act::End::close});
}

TEST_CASE("fault row 18: a POST whose reused connection is reset is executed once and was sent") {
    check_sent_once({.end = Act::End::reset});
}

TEST_CASE("fault row 18: a POST that meets a fragment of a status line is executed once") {
    check_sent_once({.bytes = "HTTP/1.1 2", .end = Act::End::close});
}

TEST_CASE("fault row 17: plain HTTP stays at version 1.1, whatever the server could do") {
    LoopbackServer server(always(response(200, "good", "Upgrade: h2c\r\n")));
    ClientFixture fixture;

    CHECK(fixture.run(post(server.url("/v1/videos"), "one")).ok());
    CHECK(fixture.run(post(server.url("/v1/videos"), "two")).ok());

    for (const auto& each : server.exchanges()) {
        CHECK(each.head.find(" HTTP/1.1\r\n") != std::string::npos);
        CHECK(each.head.find("Upgrade") == std::string::npos);
    }
}

TEST_CASE("a GET may be repeated on a new connection") {
    LoopbackServer server(good_then({.end = Act::End::close}));
    ClientFixture fixture;

    const auto first = fixture.run(get(server.url("/v1/models")));
    const auto second = fixture.run(get(server.url("/v1/models")));

    CHECK(first.ok());
    CHECK(second.ok());
    CHECK(server.exchanges().size() == 3);
}

TEST_CASE("a POST on its own connection reports how the connection ended") {
    struct Row {
        Act act;
        Trouble trouble;
    };
    const std::vector<Row> rows = {
        {{.end = Act::End::close}, Trouble::reset},
        {{.end = Act::End::reset}, Trouble::reset},
        {{.bytes = "HTTP/1.1 2", .end = Act::End::close}, Trouble::reset},
    };
    for (const auto& row : rows) {
        LoopbackServer server([&](const Received&) { return std::vector<Act>{row.act}; });
        ClientFixture fixture;
        auto request = post(server.url("/v1/videos"), "one");
        request.fresh_connection = true;

        const auto reply = fixture.run(request);

        CHECK(http::name_of(reply.trouble) == http::name_of(row.trouble));
        CHECK(reply.sent);
        CHECK(reply.sent_at.time_since_epoch().count() > 0);
        CHECK(server.exchanges().size() == 1);
    }
}

TEST_CASE("a POST on its own connection neither takes nor leaves an open one") {
    LoopbackServer server(always(response(200, "good")));
    ClientFixture fixture;
    auto alone = post(server.url("/v1/videos"), "one");
    alone.fresh_connection = true;

    fixture.run(get(server.url("/a")));
    fixture.run(alone);
    fixture.run(get(server.url("/b")));

    const auto exchanges = server.exchanges();
    REQUIRE(exchanges.size() == 3);
    CHECK(exchanges[0].connection == 1);
    CHECK(exchanges[1].connection == 2);
    CHECK(exchanges[2].connection == 1);
}

TEST_CASE(
    "fault row 59: a connection that died while idle is noticed before a POST is sent on it") {
    LoopbackServer server(always(response(200, "good"), Act::End::close));
    ClientFixture fixture;

    for (int i = 1; i <= 5; ++i) {
        const auto reply = fixture.run(post(server.url("/v1/messages"), "one"));
        CHECK(reply.ok());
        server.wait_for_ended(i);
    }

    CHECK(server.exchanges().size() == 5);
}

TEST_CASE("fault row 52: a refused connection is proof that nothing was sent") {
    unsigned short port = 0;
    {
        const LoopbackServer server(always(response(200, "")));
        port = server.port();
    }
    ClientFixture fixture;

    const auto reply =
        fixture.run(post("http://127.0.0.1:" + std::to_string(port) + "/v1/videos", "one"));

    CHECK(reply.trouble == Trouble::connect);
    CHECK_FALSE(reply.sent);
}

TEST_CASE("fault row 56: a name that does not resolve is proof that nothing was sent") {
    ClientFixture fixture;

    const auto reply = fixture.run(post("http://no-such-host.invalid/v1/videos", "one"));

    // As far as the resolver of this machine can tell.
    CHECK((reply.trouble == Trouble::dns || reply.trouble == Trouble::no_such_name));
    CHECK_FALSE(reply.sent);
}
