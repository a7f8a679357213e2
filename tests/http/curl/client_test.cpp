#include "tests/http/client_fixture.hpp"
#include "tests/http/gzip_bytes.hpp"
#include "tests/http/loopback_server.hpp"

#include <doctest/doctest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>

using namespace nightshift;
using namespace nightshift::test;
using http::Trouble;
using namespace std::chrono_literals;

namespace {

struct Recorder : http::Sink {
    bool head(int status, const http::Headers& fields) override {
        log += "head " + std::to_string(status) + " " + std::to_string(fields.size()) + ";";
        return accepts_head;
    }
    bool write(std::string_view bytes) override {
        size += bytes.size();
        text += bytes;
        return size <= bytes_max;
    }
    std::string log, text;
    std::size_t size = 0;
    std::size_t bytes_max = SIZE_MAX;
    bool accepts_head = true;
};

}  // namespace

TEST_CASE("a reply comes back whole, with lower-case header names") {
    LoopbackServer server(always(response(429, "{\"a\":1}", "X-One: 1\r\nRETRY-After:  7 \r\n")));
    ClientFixture fixture;

    const auto reply = fixture.run(get(server.url("/v1/models?x=%20y")));

    CHECK(reply.status == 429);
    CHECK(reply.body == "{\"a\":1}");
    CHECK(reply.trouble == Trouble::none);
    CHECK_FALSE(reply.ok());
    CHECK(reply.header("x-one") == "1");
    CHECK(reply.header("retry-after") == "7");
    CHECK(reply.header("absent").empty());
    CHECK(server.exchanges().at(0).target == "/v1/models?x=%20y");
}

TEST_CASE("a request carries its own headers and none that libcurl likes to add") {
    LoopbackServer server(always(response(200, "ok")));
    ClientFixture fixture;
    const std::string body(3u << 20, 'x');  // libcurl asks "Expect: 100-continue" above 1 MiB
    auto request = post(server.url("/v1/messages"), body);
    request.headers = std::make_shared<http::HeaderBlock>(
        http::Headers{{"Authorization", "Bearer sk-1"}, {"X-Bad", "a\r\nX-Injected: 1"}});

    const auto reply = fixture.run(request);

    CHECK(reply.ok());
    const auto exchanges = server.exchanges();
    REQUIRE(exchanges.size() == 1);
    CHECK(exchanges[0].body == body);
    CHECK(exchanges[0].head.find("Authorization: Bearer sk-1\r\n") != std::string::npos);
    CHECK(exchanges[0].head.find("User-Agent: nightshift\r\n") != std::string::npos);
    CHECK(exchanges[0].head.find("Expect") == std::string::npos);
    CHECK(exchanges[0].head.find("Content-Type") == std::string::npos);
    CHECK(exchanges[0].head.find("\r\nX-Injected") == std::string::npos);
}

TEST_CASE("what can be unpacked is said once, also by a request that says it itself") {
    const std::string words = "as they were written";
    LoopbackServer server(always(response(200, gzip_of(words), "Content-Encoding: gzip\r\n")));
    ClientFixture fixture;
    auto request = post(server.url("/v1/messages"), "{}");
    request.headers = std::make_shared<http::HeaderBlock>(
        http::Headers{{"Accept-Encoding", http::accepted_encodings()}});

    CHECK(fixture.run(post(server.url("/v1/messages"), "{}")).body == words);
    CHECK(fixture.run(request).body == words);

    for (const auto& exchange : server.exchanges()) {
        CAPTURE(exchange.head);
        const auto at = exchange.head.find("Accept-Encoding: deflate, gzip");
        CHECK(at != std::string::npos);
        CHECK(exchange.head.rfind("Accept-Encoding") == at);
    }
}

TEST_CASE("an empty POST body has length 0") {
    LoopbackServer server(always(response(200, "ok")));
    ClientFixture fixture;

    const auto reply = fixture.run(post(server.url("/"), ""));

    CHECK(reply.ok());
    CHECK(server.exchanges().at(0).head.find("Content-Length: 0\r\n") != std::string::npos);
}

TEST_CASE("connections are used again") {
    LoopbackServer server(always(response(200, "ok")));
    ClientFixture fixture;

    for (int i = 0; i < 10; ++i) CHECK(fixture.run(post(server.url("/"), "x")).ok());

    CHECK(server.exchanges().back().connection == 1);
}

TEST_CASE("a redirect is a reply and is not followed") {
    LoopbackServer server(always(response(302, "", "Location: /elsewhere\r\n")));
    ClientFixture fixture;

    const auto reply = fixture.run(get(server.url("/v1/audio/speech")));

    CHECK(reply.status == 302);
    CHECK(reply.header("location") == "/elsewhere");
    CHECK(server.exchanges().size() == 1);
}

TEST_CASE("informational responses leave nothing in the reply") {
    const std::string early = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nX-Early: 1\r\n\r\n";
    LoopbackServer server(always(early + early + response(200, "ok", "X-Late: 1\r\n")));
    ClientFixture fixture;

    const auto reply = fixture.run(get(server.url("/")));

    CHECK(reply.status == 200);
    CHECK(reply.headers == http::Headers{{"x-late", "1"}, {"content-length", "2"}});
}

TEST_CASE("an informational response alone is no status") {
    LoopbackServer server(always("HTTP/1.1 103 Early Hints\r\n\r\n", Act::End::close));
    ClientFixture fixture;
    auto request = post(server.url("/"), "x");
    request.fresh_connection = true;

    const auto reply = fixture.run(request);

    CHECK(reply.status == 0);
    CHECK(reply.trouble == Trouble::reset);
    CHECK(reply.sent);
}

TEST_CASE("fault row 43: a body that is cut short is told from one that ended") {
    struct Row {
        std::string bytes;
        Act::End end;
        Trouble trouble;
    };
    const std::string chunked =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n";
    const std::string counted = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello";
    const std::string open = "HTTP/1.1 200 OK\r\n\r\nhello";
    const std::vector<Row> rows = {
        {counted, Act::End::close, Trouble::truncated},
        {counted, Act::End::reset, Trouble::truncated},
        {chunked, Act::End::close, Trouble::truncated},
        {chunked + "0\r\n\r\n", Act::End::keep, Trouble::none},
        {open, Act::End::close, Trouble::none},  // no length: the end of the connection ends it
    };
    for (const auto& row : rows) {
        LoopbackServer server(always(row.bytes, row.end));
        ClientFixture fixture;

        const auto reply = fixture.run(post(server.url("/"), "x"));

        CAPTURE(row.bytes);
        CHECK(http::name_of(reply.trouble) == http::name_of(row.trouble));
        CHECK(reply.sent);
    }
}

TEST_CASE("what is no HTTP is a protocol trouble of a sent request") {
    for (const auto& bytes :
         {std::string("220 smtp ready\r\n"),
          std::string("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc")}) {
        LoopbackServer server(always(bytes, Act::End::close));
        ClientFixture fixture;

        const auto reply = fixture.run(post(server.url("/"), "x"));

        CAPTURE(bytes);
        CAPTURE(reply.trouble_text);
        CHECK(reply.trouble != Trouble::none);
        CHECK(reply.sent);
        CHECK(server.exchanges().size() == 1);
    }
}

TEST_CASE("a sink gets the head once and the bytes, and may stop") {
    const std::string body(1u << 20, 'x');
    LoopbackServer server(always(response(206, body, "Content-Range: bytes 5-9/10\r\n")));
    ClientFixture fixture;
    Recorder all, some, none;
    some.bytes_max = 100'000;
    none.accepts_head = false;
    auto request = get(server.url("/video.mp4"));
    request.as_sent = true;

    request.sink = &all;
    const auto whole = fixture.run(request);
    request.sink = &some;
    const auto part = fixture.run(request);
    request.sink = &none;
    const auto refused = fixture.run(request);

    CHECK(whole.ok());
    CHECK(whole.body.empty());
    CHECK(whole.bytes_received == body.size());
    CHECK(all.log == "head 206 2;");
    CHECK(all.size == body.size());
    CHECK(part.trouble == Trouble::sink);
    CHECK(part.status == 206);
    CHECK(refused.trouble == Trouble::sink);
    CHECK(none.size == 0);
    // Encoded bytes would not fit a Range.
    CHECK(server.exchanges().at(0).head.find("Accept-Encoding") == std::string::npos);
}

TEST_CASE("a sink gets a body unpacked, unless it wants what was sent") {
    const std::string words = "as they were written";
    const auto packed = gzip_of(words);
    LoopbackServer server(always(response(200, packed, "Content-Encoding: gzip\r\n")));
    ClientFixture fixture;
    Recorder unpacked, raw;
    auto request = post(server.url("/v1/images/generations"), "{}");

    request.sink = &unpacked;
    fixture.run(request);
    request.sink = &raw;
    request.as_sent = true;
    fixture.run(request);

    CHECK(unpacked.text == words);
    CHECK(raw.text == packed);
}

TEST_CASE("a sink hears of an empty body too") {
    LoopbackServer server(always(response(416, "")));
    ClientFixture fixture;
    Recorder sink;
    auto request = get(server.url("/"));
    request.sink = &sink;

    const auto reply = fixture.run(request);

    CHECK(reply.status == 416);
    CHECK(sink.log == "head 416 1;");
}

TEST_CASE("fault row 67: loopback is refused after resolving where only public is allowed") {
    LoopbackServer server(always(response(200, "secret")));
    ClientFixture fixture;
    const auto port = std::to_string(server.port());
    for (const auto& host :
         {"127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]"}) {
        auto request = get("http://" + std::string(host) + ":" + port + "/");
        request.public_address_only = true;

        const auto reply = fixture.run(request);

        CAPTURE(host);
        CHECK(reply.trouble == Trouble::unsafe_address);
        CHECK_FALSE(reply.sent);
    }
    CHECK(server.exchanges().empty());
}

TEST_CASE("an open connection to loopback is not lent to a request for public addresses") {
    LoopbackServer server(always(response(200, "secret")));
    ClientFixture fixture;
    auto request = get(server.url("/"));
    REQUIRE(fixture.run(request).ok());
    request.public_address_only = true;

    const auto reply = fixture.run(request);

    CHECK(reply.trouble == Trouble::unsafe_address);
    CHECK(server.exchanges().size() == 1);
}

TEST_CASE("fault row 67: only http and https are spoken") {
    ClientFixture fixture;
    for (const auto& url : {"file:///etc/passwd", "gopher://127.0.0.1/", "ftp://127.0.0.1/", ""}) {
        CHECK(http::Url::parse(url).has_error());
    }
    const auto reply = fixture.run(http::Request());  // to a URL of nothing

    CHECK(reply.trouble == Trouble::protocol);
    CHECK_FALSE(reply.sent);
    CHECK(reply.body.empty());
}

TEST_CASE("two hundred requests at once each get their own reply") {
    LoopbackServer server([](const Received& exchange) {
        return std::vector<Act>{{.bytes = response(200, exchange.body), .pause = 5ms}};
    });
    ClientFixture fixture;
    std::vector<std::string> bodies;
    for (int i = 0; i < 200; ++i) bodies.push_back("body " + std::to_string(i));
    int matching = 0;
    for (const auto& body : bodies) {
        boost::asio::co_spawn(fixture.io, fixture.client.send(post(server.url("/"), body)),
                              [&](std::exception_ptr, const http::Reply& reply) {
                                  matching += reply.ok() && reply.body == body;
                              });
    }

    fixture.io.run();

    CHECK(matching == 200);
    CHECK(server.exchanges().size() == 200);
}

TEST_CASE("a client may be destroyed with requests under way") {
    LoopbackServer server(always("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab", Act::End::hang));
    for (int round = 0; round < 5; ++round) {
        boost::asio::io_context io{1};
        auto client = std::make_unique<http::Client>(io, http::ClientOptions{});
        boost::asio::cancellation_signal signal;
        int resumed = 0;
        for (int i = 0; i < 50; ++i) {
            auto done = [&](std::exception_ptr, const http::Reply&) { ++resumed; };
            if (i == 0) {
                boost::asio::co_spawn(io, client->send(post(server.url("/"), "x")),
                                      boost::asio::bind_cancellation_slot(signal.slot(), done));
            } else {
                boost::asio::co_spawn(io, client->send(post(server.url("/"), "x")), done);
            }
        }
        // All have begun by then; in each round they are at another point of the exchange.
        for (int step = 0; step < 110 + 40 * round; ++step) io.run_one_for(5ms);

        client.reset();
        signal.emit(boost::asio::cancellation_type::terminal);
        io.poll();

        CHECK(resumed == 0);
    }
}

TEST_CASE("cancelling the waiting coroutine ends the transfer") {
    LoopbackServer server(always("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab", Act::End::hang));
    ClientFixture fixture;
    boost::asio::cancellation_signal signal;
    std::optional<http::Reply> reply;
    boost::asio::co_spawn(
        fixture.io, fixture.client.send(post(server.url("/"), "x")),
        boost::asio::bind_cancellation_slot(
            signal.slot(), [&](std::exception_ptr, http::Reply got) { reply = std::move(got); }));
    boost::asio::steady_timer timer(fixture.io, 100ms);
    timer.async_wait([&](const boost::system::error_code&) {
        signal.emit(boost::asio::cancellation_type::terminal);
        signal.emit(boost::asio::cancellation_type::terminal);
    });

    fixture.io.run();
    auto request = get(server.url("/"));
    request.timeout = 50ms;
    const auto next = fixture.run(request);

    REQUIRE(reply.has_value());
    CHECK(reply->trouble == Trouble::local);
    CHECK(reply->trouble_text == "cancelled");
    CHECK(reply->sent);
    CHECK(next.trouble == Trouble::timeout);
}
