#include "http/curl/tls_probe.hpp"

#include "tests/http/tls_server.hpp"

#include <doctest/doctest.h>

#include <ctime>

using namespace nightshift;
using namespace nightshift::test;

TEST_CASE("a look at a TLS server tells its version and its certificate's end, and asks nothing") {
    const Identity identity({.until_s = 5 * 86400});
    TlsServer server(identity, false, {Manner::answer});

    const auto url = http::Url::parse(server.url()).value();
    const auto look = http::look_at_tls({.url = url, .ca_file = identity.path});

    CHECK(look.version == "TLSv1.3");
    REQUIRE(look.expires_at.has_value());
    const auto left_s = *look.expires_at - std::time(nullptr);
    CHECK(left_s > 5 * 86400 - 60);
    CHECK(left_s <= 5 * 86400);
    CHECK(server.requests == 0);
}

TEST_CASE("a look at a server that is not trusted, or not there, tells nothing") {
    const Identity identity, stranger;
    TlsServer server(identity, false, {Manner::answer});

    for (const auto& text : {server.url(), std::string("https://127.0.0.1:1/")}) {
        const auto url = http::Url::parse(text).value();
        const auto look = http::look_at_tls({.url = url, .ca_file = stranger.path});
        CHECK(look.version.empty());
        CHECK_FALSE(look.expires_at.has_value());
    }
}
