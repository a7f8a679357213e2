// Many requests that start at once towards a TLS server: over HTTP/2 more than one connection takes
// (SETTINGS_MAX_CONCURRENT_STREAMS), over HTTP/1.1 each on its own.

#include "tests/http/tls_server.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <memory>

using namespace nightshift;
using namespace nightshift::test;

namespace {

// Answers nothing before `all` requests are in flight, over however many connections, and then all.
// Over HTTP/1.1 (`streams_each` 0) the first handshake is made at once, the others when all
// connections were accepted.
class PatientServer {
public:
    PatientServer(const Identity& identity, unsigned char streams_each, int all)
        : streams_each_(streams_each), all_(all) {
        auto* native = context_.native_handle();
        SSL_CTX_use_certificate(native, identity.certificate);
        SSL_CTX_use_PrivateKey(native, identity.key);
        SSL_CTX_set_alpn_select_cb(native, &PatientServer::choose, this);
        asio::co_spawn(io_, accept(), asio::detached);
        thread_ = std::thread([this] { io_.run(); });
    }
    ~PatientServer() {
        io_.stop();
        thread_.join();
    }
    std::string url() const {
        return "https://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()) + "/";
    }
    int connections_used() const { return used_; }
    int most_streams() const { return most_streams_; }

private:
    using Bytes = std::string;
    struct Connection {
        Connection(tcp::socket socket, asio::ssl::context& context)
            : stream(std::move(socket), context) {}
        asio::ssl::stream<tcp::socket> stream;
        std::vector<std::uint32_t> open = {};
    };
    using Shared = std::shared_ptr<Connection>;

    static int choose(SSL*, const unsigned char** out, unsigned char* length, const unsigned char*,
                      unsigned, void* self) {
        const bool http2 = static_cast<PatientServer*>(self)->streams_each_ > 0;
        *out = reinterpret_cast<const unsigned char*>(http2 ? "h2" : "http/1.1");
        *length = http2 ? 2 : 8;
        return SSL_TLSEXT_ERR_OK;
    }

    static Bytes frame(char type, char flags, std::uint32_t stream, const Bytes& payload) {
        Bytes head{'\0', '\0', static_cast<char>(payload.size()), type, flags};
        for (const int shift : {24, 16, 8, 0}) head += static_cast<char>(stream >> shift & 255);
        return head + payload;
    }

    asio::awaitable<void> accept() {
        for (;;) {
            auto socket = co_await acceptor_.async_accept(asio::use_awaitable);
            auto connection = std::make_shared<Connection>(std::move(socket), context_);
            ++accepted_;
            if (streams_each_ > 0) {
                asio::co_spawn(io_, serve(connection), asio::detached);
                continue;
            }
            held_.push_back(connection);
            if (accepted_ > 1 && accepted_ < all_) continue;
            for (const auto& each : held_) asio::co_spawn(io_, serve_text(each), asio::detached);
            held_.clear();
        }
    }

    asio::awaitable<void> serve_text(Shared connection) {
        auto& stream = connection->stream;
        co_await stream.async_handshake(asio::ssl::stream_base::server, asio::use_awaitable);
        for (;;) {
            Bytes request;
            const auto size =
                co_await asio::async_read_until(stream, asio::dynamic_buffer(request),
                                                "\r\n\r\nx", asio::use_awaitable);
            if (size > 0) take(connection, 1);
        }
    }

    // Ends by an exception when the client closes.
    asio::awaitable<void> serve(Shared connection) {
        auto& stream = connection->stream;
        co_await stream.async_handshake(asio::ssl::stream_base::server, asio::use_awaitable);
        Bytes preface(24, '\0');
        co_await asio::async_read(stream, asio::buffer(preface), asio::use_awaitable);
        const Bytes most{'\0', '\3', '\0', '\0', '\0', static_cast<char>(streams_each_)};
        const Bytes settings = frame(4, 0, 0, most) + frame(4, 1, 0, "");
        co_await asio::async_write(stream, asio::buffer(settings), asio::use_awaitable);
        for (;;) {
            Bytes head(9, '\0');
            co_await asio::async_read(stream, asio::buffer(head), asio::use_awaitable);
            const auto at = [&head](std::size_t i) { return static_cast<unsigned char>(head[i]); };
            Bytes payload(at(1) * 256u + at(2), '\0');
            co_await asio::async_read(stream, asio::buffer(payload), asio::use_awaitable);
            const bool request_ends = at(3) <= 1 && (at(4) & 1) != 0;
            if (!request_ends) continue;
            take(connection, at(6) * 65536u + at(7) * 256u + at(8));
        }
    }

    void take(const Shared& connection, std::uint32_t stream) {
        if (connection->open.empty()) {
            connections_.push_back(connection);
            ++used_;
        }
        connection->open.push_back(stream);
        most_streams_ = std::max(most_streams_.load(), static_cast<int>(connection->open.size()));
        if (++in_flight_ < all_) return;
        for (const auto& each : connections_) asio::co_spawn(io_, answer(each), asio::detached);
    }

    asio::awaitable<void> answer(Shared connection) {
        Bytes all = streams_each_ > 0 ? "" : "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
        if (streams_each_ == 0) connection->open.clear();
        for (const auto stream : connection->open) {  // ":status: 200" is entry 8 of the table
            all += frame(1, 4, stream, "\x88") + frame(0, 1, stream, "ok");
        }
        co_await asio::async_write(connection->stream, asio::buffer(all), asio::use_awaitable);
    }

    asio::io_context io_{1};
    unsigned char streams_each_;
    int all_, accepted_ = 0, in_flight_ = 0;
    std::atomic<int> used_ = 0, most_streams_ = 0;
    std::vector<Shared> connections_, held_;
    asio::ssl::context context_{asio::ssl::context::tls_server};
    tcp::acceptor acceptor_{io_, {asio::ip::address_v4::loopback(), 0}};
    std::thread thread_;
};

// How many of `all` requests that start together are answered well.
int answered(const PatientServer& server, const Identity& identity, int all) {
    asio::io_context io{1};
    http::Client client(io, {.connections_max = all, .ca_file = identity.path});
    auto request = post(server.url(), "x");
    request.timeout = std::chrono::seconds(30);
    int good = 0;
    for (int i = 0; i < all; ++i) {
        asio::co_spawn(io, client.send(request),
                       [&](std::exception_ptr, const http::Reply& reply) { good += reply.ok(); });
    }
    io.run();
    return good;
}

}  // namespace

TEST_CASE("more requests than one HTTP/2 connection takes are in flight over a few connections") {
    constexpr int all = 500;
    const Identity identity;
    for (const int streams_each : {128, 32}) {
        CAPTURE(streams_each);
        PatientServer server(identity, static_cast<unsigned char>(streams_each), all);

        CHECK(answered(server, identity, all) == all);

        CHECK(server.most_streams() <= streams_each);
        CHECK(server.connections_used() <= all / std::min(streams_each, 100) + 2);
    }
}

TEST_CASE("handshakes for HTTP/1.1 are made at once when the first has shown the protocol") {
    constexpr int all = 100;
    const Identity identity;
    PatientServer server(identity, 0, all);

    CHECK(answered(server, identity, all) == all);

    CHECK(server.connections_used() == all);
}
