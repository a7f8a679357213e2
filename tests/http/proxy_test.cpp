#include "http/proxy.hpp"

#include "tests/http/client_fixture.hpp"
#include "tests/http/loopback_server.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstdlib>
#include <unistd.h>

using namespace nightshift;
using namespace nightshift::test;

TEST_CASE("the proxy follows the scheme, NO_PROXY exempts, loopback never has one") {
    http::Proxies proxies;
    proxies.https = http::Proxy::parse("https_proxy", "http://s.example:1");
    proxies.http = http::Proxy::parse("http_proxy", "p.example:2");
    proxies.exempt = {"example.com", ".corp.net"};
    struct Row {
        const char* url;
        const char* proxy;
    };
    const Row rows[] = {
        {"https://api.example.net/v1", "http://s.example:1"},
        {"http://api.example.net:80/v1", "http://p.example:2"},
        {"https://example.com/x", ""},
        {"https://API.Example.com:443/x", ""},
        {"https://notexample.com/x", "http://s.example:1"},
        {"https://a.corp.net?x", ""},
        {"https://corp.net", ""},
        {"https://localhost:1/", ""},
        {"http://127.0.0.1:8787/", ""},
        {"http://[::1]:1/", ""},
        {"http://[2606::1]:1/", "http://p.example:2"},
    };
    for (const auto& row : rows) {
        CAPTURE(std::string(row.url));
        const auto* proxy = proxies.proxy_for(http::Url::parse(row.url).value());
        CHECK((proxy == nullptr ? "" : proxy->address) == row.proxy);
    }
    proxies.exempt = {"*"};
    CHECK(proxies.proxy_for(http::Url::parse("http://h.net").value()) == nullptr);
}

TEST_CASE("a proxy is read as strictly as a URL; its password is decoded and never shown") {
    struct Row {
        const char* given;
        const char* address;
        const char* user;
        const char* password;
    };
    const Row good[] = {
        {"proxy", "http://proxy", "", ""},
        {"Proxy.Corp:3128/", "http://proxy.corp:3128", "", ""},
        {"HTTPS://10.0.0.1:3128", "https://10.0.0.1:3128", "", ""},
        {"socks5h://[::1]:1080", "socks5h://[::1]:1080", "", ""},
        {"http://bob:p%40ss%3a%2F%20@proxy:1", "http://proxy:1", "bob", "p@ss:/ "},
        {"http://bob:p@ss@proxy:1", "http://proxy:1", "bob", "p@ss"},
        {"http://bob@proxy:1", "http://proxy:1", "bob", ""},
        {"bob:a:b@proxy", "http://proxy", "bob", "a:b"},
    };
    for (const auto& row : good) {
        CAPTURE(std::string(row.given));
        const auto proxy = http::Proxy::parse("https_proxy", row.given);
        CHECK(proxy.problem == "");
        CHECK(proxy.address == row.address);
        CHECK(proxy.user == row.user);
        CHECK(proxy.password == row.password);
    }
    for (const auto* given :
         {"http://bob:se/cret@proxy:1", "http://bob:se cret@proxy:1",
          "http://bob:secret@proxy:99999", "foo://bob:secret@proxy:1", "http://bob:secret@",
          "http://bob:secret@proxy:1/path", "http://bob:secret@proxy:80.evil.com",
          "http://bob:secret@1.2.3.4.evil.com", "http://bob:secret%00@proxy",
          "http://bob:secret@a b", "http://bob:secret@proxy\\x", " "}) {
        CAPTURE(std::string(given));
        const auto proxy = http::Proxy::parse("https_proxy", given);
        CHECK(proxy.problem != "");
        CHECK(proxy.address == "in https_proxy");
        CHECK(proxy.user == "");
        CHECK(proxy.password == "");
        CHECK(proxy.problem.find("secret") == std::string::npos);
    }
    CHECK(http::Proxy::parse("https_proxy", "").address == "");
}

TEST_CASE("behind a proxy, a name that leads inward is refused for a link from the wire") {
    LoopbackServer proxy(always(response(200, "through")));
    setenv("http_proxy", proxy.url("").c_str(), 1);
    ClientFixture fixture;
    unsetenv("http_proxy");
    std::array<char, 256> own_name{};
    REQUIRE(gethostname(own_name.data(), own_name.size() - 1) == 0);
    auto request = get("http://" + std::string(own_name.data()) + "/a.mp4");
    request.public_address_only = true;

    const auto refused = fixture.run(request);
    request.public_address_only = false;
    const auto trusted = fixture.run(request);

    CHECK(refused.trouble == http::Trouble::unsafe_address);
    CHECK_FALSE(refused.sent);
    CHECK(trusted.body == "through");
    CHECK(proxy.exchanges().size() == 1);
}

TEST_CASE("nothing is sent by way of a proxy that cannot be read") {
    setenv("http_proxy", "http://bob:se/cret@127.0.0.1:1", 1);
    ClientFixture fixture;
    unsetenv("http_proxy");

    const auto reply = fixture.run(get("http://cdn.example.invalid/a.mp4"));

    CHECK(reply.trouble == http::Trouble::connect);
    CHECK_FALSE(reply.sent);
    CHECK(reply.trouble_text.find("the proxy in http_proxy") != std::string::npos);
    CHECK(reply.trouble_text.find("cret") == std::string::npos);
}

TEST_CASE("a proxy's user and password reach it decoded") {
    LoopbackServer proxy(always(response(200, "through")));
    const auto port = std::to_string(proxy.port());
    setenv("http_proxy", ("http://bob:p%40ss@127.0.0.1:" + port).c_str(), 1);
    ClientFixture fixture;
    unsetenv("http_proxy");

    const auto reply = fixture.run(get("http://cdn.example.invalid/a.mp4"));

    CHECK(reply.body == "through");
    CHECK(proxy.exchanges().at(0).head.find("Basic Ym9iOnBAc3M=") != std::string::npos);
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
