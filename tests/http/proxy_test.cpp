#include "http/proxy.hpp"

#include "tests/http/client_fixture.hpp"
#include "tests/http/loopback_server.hpp"

#include <doctest/doctest.h>

#include <cstdlib>

using namespace nightshift;
using namespace nightshift::test;

TEST_CASE("the proxy follows the scheme, NO_PROXY exempts, loopback never has one") {
    const http::Proxies proxies{
        .https = "http://s:1", .http = "http://p:2", .exempt = {"example.com", ".corp.net"}};
    struct Row {
        const char* url;
        const char* proxy;
    };
    const Row rows[] = {
        {"https://api.example.net/v1", "http://s:1"},
        {"http://api.example.net:80/v1", "http://p:2"},
        {"https://example.com/x", ""},
        {"https://API.Example.com:443/x", ""},
        {"https://notexample.com/x", "http://s:1"},
        {"https://a.corp.net?x", ""},
        {"https://corp.net", ""},
        {"https://localhost:1/", ""},
        {"http://127.0.0.1:8787/", ""},
        {"http://[::1]:1/", ""},
        {"http://[2606::1]:1/", "http://p:2"},
    };
    for (const auto& row : rows) {
        CAPTURE(std::string(row.url));
        CHECK(proxies.proxy_for(row.url) == row.proxy);
    }
    const http::Proxies unused{.https = "x", .http = "x", .exempt = {"*"}};
    CHECK(unused.proxy_for("http://h.net").empty());
}

TEST_CASE("a proxy of the environment is asked for the whole URL, also for public addresses") {
    LoopbackServer proxy(always(response(200, "through")));
    setenv("http_proxy", proxy.url("").c_str(), 1);
    ClientFixture fixture;
    unsetenv("http_proxy");
    auto request = get("http://cdn.example.invalid/a.mp4");
    request.public_address_only = true;

    const auto reply = fixture.run(request);

    CHECK(reply.body == "through");
    CHECK(proxy.exchanges().at(0).target == "http://cdn.example.invalid/a.mp4");
}
