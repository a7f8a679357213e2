// A process that did not run for a while: what does not come still times out. That what had
// arrived meanwhile counts can only be seen with a process that is stopped, because a loop that is
// merely busy serves its sockets first anyway: tests/faults/signals_test.cpp.

#include "tests/http/client_fixture.hpp"
#include "tests/http/loopback_server.hpp"

#include <doctest/doctest.h>

#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <thread>

using namespace nightshift;
using namespace nightshift::test;
using namespace std::chrono_literals;

TEST_CASE("fault row 99: after a pause, what does not come still times out") {
    std::atomic<bool> asked = false;
    LoopbackServer server([&](const Received&) {
        asked = true;
        return std::vector<Act>{
            {.bytes = response(200, "paid").substr(0, 20), .end = Act::End::hang}};
    });
    ClientFixture fixture;
    auto request = post(server.url("/v1/videos"), "{}");
    request.timeout = 500ms;
    // From the request on the loop does not run until its time is over.
    boost::asio::steady_timer timer(fixture.io, 1ms);
    std::function<void(const boost::system::error_code&)> look = [&](const auto&) {
        if (asked) return std::this_thread::sleep_for(2500ms);
        timer.expires_after(1ms);
        timer.async_wait(look);
    };
    timer.async_wait(look);

    const auto reply = fixture.run(std::move(request));

    CHECK(reply.trouble == http::Trouble::timeout);
    CHECK(reply.sent);
}
