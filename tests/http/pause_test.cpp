// A process that did not run for a while: what had arrived meanwhile counts.

#include "tests/http/client_fixture.hpp"
#include "tests/http/loopback_server.hpp"

#include <doctest/doctest.h>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <chrono>
#include <thread>

using namespace nightshift;
using namespace nightshift::test;
using namespace std::chrono_literals;

namespace {

// Sends the request and keeps the loop from running until the server has replied and both time
// limits of the tests are over by more than a second.
http::Reply run_with_pause(http::Request request, bool replies) {
    std::atomic<bool> asked = false;
    LoopbackServer server([&](const Received&) {
        asked = true;
        const auto reply = response(200, "paid");
        return std::vector<Act>{{.bytes = replies ? reply : reply.substr(0, 20),
                                 .end = replies ? Act::End::keep : Act::End::hang}};
    });
    ClientFixture fixture;
    request.url = http::Url::parse(server.url("/v1/videos")).value();
    boost::asio::steady_timer timer(fixture.io, 1ms);
    std::function<void(const boost::system::error_code&)> look = [&](const auto&) {
        if (asked) return std::this_thread::sleep_for(2500ms);
        timer.expires_after(1ms);
        timer.async_wait(look);
    };
    timer.async_wait(look);
    return fixture.run(std::move(request));
}

}  // namespace

TEST_CASE("fault row 99: a reply that came while the process was stopped counts") {
    auto request = post("http://127.0.0.1:1/", "{}");
    SUBCASE("within the time of the whole exchange") {
        request.timeout = 500ms;
    }
    SUBCASE("within the time without a byte") {
        request.timeout = {};
        request.idle_timeout = 1s;
    }
    const auto reply = run_with_pause(std::move(request), true);
    CAPTURE(reply.trouble_text);
    CHECK(reply.status == 200);
    CHECK(reply.body == "paid");
    CHECK(reply.trouble == http::Trouble::none);
}

TEST_CASE("fault row 99: after a pause, what does not come still times out") {
    auto request = post("http://127.0.0.1:1/", "{}");
    request.timeout = 500ms;
    const auto reply = run_with_pause(std::move(request), false);
    CHECK(reply.trouble == http::Trouble::timeout);
    CHECK(reply.sent);
}
