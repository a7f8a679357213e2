#include "http/curl/socket_watch.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

using namespace nightshift;

namespace {

struct Pair {
    Pair() { REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0); }
    ~Pair() {
        for (const int fd : ends) ::close(fd);
    }
    Pair(const Pair&) = delete;
    Pair& operator=(const Pair&) = delete;
    std::array<int, 2> ends{};
};

}  // namespace

// As libcurl does it: serving one socket may move another, ready as well, from sending to reading.
TEST_CASE("a socket stays watched when the event before its own changed what it is wanted for") {
    Pair first, second;
    boost::asio::io_context io{1};
    http::SocketWatch* watch = nullptr;
    int handled = 0;
    int read_ready = CURL_SOCKET_BAD;
    http::SocketWatch made(io, [&](curl_socket_t fd, int events) {
        if ((events & CURL_CSELECT_IN) != 0) {
            read_ready = fd;
            watch->turn_off();
            return;
        }
        ++handled;
        const int other = fd == first.ends[0] ? second.ends[0] : first.ends[0];
        watch->want_nothing(fd);
        watch->want(other, CURL_CSELECT_IN);
        const int peer = fd == first.ends[0] ? second.ends[1] : first.ends[1];
        boost::asio::post(io, [peer] { CHECK(::write(peer, "x", 1) == 1); });
    });
    watch = &made;
    for (const auto* pair : {&first, &second}) {
        watch->opened(pair->ends[0]);
        REQUIRE(watch->want(pair->ends[0], CURL_CSELECT_OUT));
    }
    watch->turn_on();

    io.run_for(std::chrono::seconds(10));

    CHECK(handled == 1);
    CHECK(read_ready != CURL_SOCKET_BAD);
}
