#include "http/curl/tcp_cork.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <doctest/doctest.h>

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <string>

using namespace nightshift;
using boost::asio::ip::tcp;

namespace {

struct Pair {
    Pair() {
        tcp::acceptor acceptor(io, {boost::asio::ip::address_v4::loopback(), 0});
        ours.connect(acceptor.local_endpoint());
        theirs = acceptor.accept();
        ours.set_option(tcp::no_delay(true));
    }
    void send(const std::string& text) {
        REQUIRE(::send(ours.native_handle(), text.data(), text.size(), 0) ==
                static_cast<ssize_t>(text.size()));
    }
    bool is_corked() {
        int on = -1;
        socklen_t size = sizeof on;
        REQUIRE(getsockopt(ours.native_handle(), IPPROTO_TCP, TCP_CORK, &on, &size) == 0);
        return on != 0;
    }
    std::string received(int flags) {
        std::string text(100, '\0');
        const auto got = ::recv(theirs.native_handle(), text.data(), text.size(), flags);
        text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
        return text;
    }

    boost::asio::io_context io;
    tcp::socket ours{io}, theirs{io};
};

}  // namespace

TEST_CASE("what is written under a cork arrives at once when that goes") {
    Pair pair;
    {
        const http::Cork cork({pair.ours.native_handle()});
        pair.send("one, ");
        pair.send("two");
        CHECK(pair.received(MSG_DONTWAIT).empty());
    }
    CHECK_FALSE(pair.is_corked());  // the system would let it go by itself, later
    CHECK(pair.received(0) == "one, two");
}

TEST_CASE("what is no socket, or none any more, is left alone") {
    Pair pair;
    {
        const http::Cork cork({-1, 0, pair.ours.native_handle()});
        pair.send("last");
        pair.ours.close();
    }
    CHECK(pair.received(0) == "last");
}
