// TLS and HTTP/2: faults.md row 55.

#include "tests/http/tls_server.hpp"

#include <doctest/doctest.h>

using namespace nightshift;
using namespace nightshift::test;
using http::Trouble;

TEST_CASE("fault row 55: an untrusted certificate ends the request before it is sent") {
    const Identity identity;
    const Identity other;
    TlsServer server(identity, false, {Manner::answer});
    Trusting stranger(other);

    const auto reply = stranger.run(post(server.url(), "x"));

    CHECK(reply.trouble == Trouble::tls_verify);
    CHECK_FALSE(reply.sent);
    CHECK(server.requests == 0);
}

TEST_CASE("a trusted server is spoken to, over HTTP/2 where it offers that") {
    const Identity identity;
    for (const bool http2 : {false, true}) {
        TlsServer server(identity, http2, {Manner::answer});
        Trusting client(identity);

        for (int i = 0; i < 3; ++i) {
            const auto reply = client.run(post(server.url(), "x"));
            CHECK(reply.ok());
            CHECK(reply.body == "ok");
        }
    }
}

TEST_CASE("many requests at once share one HTTP/2 connection") {
    const Identity identity;
    TlsServer server(identity, true, {Manner::answer});  // takes one connection at a time
    Trusting client(identity);
    int good = 0;
    for (int i = 0; i < 20; ++i) {
        asio::co_spawn(client.io, client.client.send(post(server.url(), "x")),
                       [&](std::exception_ptr, const http::Reply& reply) { good += reply.ok(); });
    }

    client.io.run();

    CHECK(good == 20);
}

// What the TLS library took from the socket with the first of them makes no socket ready.
TEST_CASE("answers that arrive in one piece are all read, though nothing comes after them") {
    const Identity identity;
    std::vector<Manner> manners(9, Manner::later);
    manners.front() = manners.back() = Manner::answer;
    TlsServer server(identity, true, manners);
    Trusting client(identity);
    auto request = post(server.url(), "x");
    request.timeout = std::chrono::seconds(20);
    CHECK(client.run(request).ok());  // the connection is there
    int good = 0;
    for (int i = 0; i < 8; ++i) {
        asio::co_spawn(client.io, client.client.send(request),
                       [&](std::exception_ptr, const http::Reply& reply) { good += reply.ok(); });
    }

    client.io.restart();
    client.io.run();

    CHECK(good == 8);
}

TEST_CASE("fault row 55: what answers without TLS is told as that, not sent") {
    asio::io_context server_io;
    tcp::acceptor acceptor(server_io, {asio::ip::address_v4::loopback(), 0});
    std::thread thread([&] {
        auto socket = acceptor.accept();
        boost::system::error_code ec;
        asio::write(socket, asio::buffer(std::string("HTTP/1.1 400 Bad Request\r\n\r\n")), ec);
    });
    ClientFixture fixture;

    const auto reply = fixture.run(
        post("https://127.0.0.1:" + std::to_string(acceptor.local_endpoint().port()) + "/", "x"));
    thread.join();

    CHECK(reply.trouble == Trouble::no_tls);
    CHECK(reply.trouble_text == "the server does not speak TLS");
    CHECK_FALSE(reply.sent);
}
