// TLS and HTTP/2 against a server of a hundred lines: it speaks just enough HTTP/2 (RFC 9113) to
// answer, to refuse a stream and to go away.

#include "tests/fakes/tls_identity.hpp"
#include "tests/http/client_fixture.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <doctest/doctest.h>
#include <openssl/ssl.h>

#include <atomic>
#include <thread>

using namespace nightshift;
using namespace nightshift::test;
using http::Trouble;
namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

enum class Manner { answer, refuse_stream, go_away, cut };

// Takes one connection after another, each on this thread's time, until it is destroyed.
class TlsServer {
public:
    TlsServer(const Identity& identity, bool http2, std::vector<Manner> manners)
        : http2_(http2), manners_(std::move(manners)) {
        auto* native = context_.native_handle();
        SSL_CTX_use_certificate(native, identity.certificate);
        SSL_CTX_use_PrivateKey(native, identity.key);
        SSL_CTX_set_alpn_select_cb(native, &TlsServer::choose, this);
        thread_ = std::thread([this] { serve(); });
    }
    ~TlsServer() {
        stopping_ = true;
        asio::io_context io;
        boost::system::error_code ec;
        tcp::socket(io).connect(acceptor_.local_endpoint(), ec);  // wakes accept
        thread_.join();
    }
    std::string url() const {
        return "https://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()) + "/";
    }
    std::atomic<int> requests = 0;

private:
    using Stream = asio::ssl::stream<tcp::socket>;

    static int choose(SSL*, const unsigned char** out, unsigned char* length, const unsigned char*,
                      unsigned, void* self) {
        const bool http2 = static_cast<TlsServer*>(self)->http2_;
        *out = reinterpret_cast<const unsigned char*>(http2 ? "h2" : "http/1.1");
        *length = http2 ? 2 : 8;
        return SSL_TLSEXT_ERR_OK;
    }

    Manner next() {
        const auto index =
            std::min<std::size_t>(static_cast<std::size_t>(requests++), manners_.size() - 1);
        return manners_[index];
    }

    void serve() {
        while (!stopping_) {
            boost::system::error_code ec;
            Stream stream(io_, context_);
            acceptor_.accept(stream.next_layer(), ec);
            if (ec || stopping_) continue;
            stream.handshake(asio::ssl::stream_base::server, ec);
            if (ec) continue;
            http2_ ? serve_frames(stream) : serve_text(stream);
        }
    }

    void serve_text(Stream& stream) {
        boost::system::error_code ec;
        std::string buffer(16384, '\0');
        while (stream.read_some(asio::buffer(buffer), ec) > 0) {
            if (next() == Manner::cut) return;
            const std::string text = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
            asio::write(stream, asio::buffer(text), ec);
        }
    }

    static std::string frame(char type, char flags, char stream, const std::string& payload) {
        return std::string{'\0', '\0',  static_cast<char>(payload.size()), type, flags, '\0', '\0',
                           '\0', stream} +
               payload;
    }

    void serve_frames(Stream& stream) {
        boost::system::error_code ec;
        std::string buffer(24, '\0');  // the client's preface
        asio::read(stream, asio::buffer(buffer), ec);
        asio::write(stream, asio::buffer(frame(4, 0, 0, "")), ec);  // SETTINGS
        while (!ec) {
            std::string head(9, '\0');
            asio::read(stream, asio::buffer(head), ec);
            if (ec) return;
            const auto* bytes = reinterpret_cast<const unsigned char*>(head.data());
            std::string payload(bytes[1] * 256u + bytes[2], '\0');
            asio::read(stream, asio::buffer(payload), ec);
            if (ec) return;
            if (head[3] == 4 && (head[4] & 1) == 0) {
                asio::write(stream, asio::buffer(frame(4, 1, 0, "")), ec);
            }
            const bool request_ends = (head[3] == 0 || head[3] == 1) && (head[4] & 1) != 0;
            if (!request_ends) continue;
            const auto id = head[8];
            const std::string refused("\0\0\0\7", 4);
            const std::string nothing_processed(8, '\0');
            switch (next()) {
                case Manner::answer:  // ":status: 200" is entry 8 of the static table
                    asio::write(stream, asio::buffer(frame(1, 4, id, "\x88")), ec);
                    asio::write(stream, asio::buffer(frame(0, 1, id, "ok")), ec);
                    break;
                case Manner::refuse_stream:
                    asio::write(stream, asio::buffer(frame(3, 0, id, refused)), ec);
                    break;
                case Manner::go_away:
                    asio::write(stream, asio::buffer(frame(7, 0, 0, nothing_processed)), ec);
                    return;
                case Manner::cut:
                    return;
            }
        }
    }

    bool http2_;
    std::vector<Manner> manners_;
    asio::io_context io_;
    asio::ssl::context context_{asio::ssl::context::tls_server};
    tcp::acceptor acceptor_{io_, {asio::ip::address_v4::loopback(), 0}};
    std::atomic<bool> stopping_ = false;
    std::thread thread_;
};

// A client that trusts `identity`, and its loop. Destroyed before the server it talks to.
struct Trusting {
    explicit Trusting(const Identity& identity) : client(io, {.ca_file = identity.path}) {}
    http::Reply run(http::Request request) { return exchange(io, client, std::move(request)); }
    asio::io_context io{1};
    http::Client client;
};

}  // namespace

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

TEST_CASE("over TLS, too, a POST is never executed twice behind the caller's back") {
    const Identity identity;
    for (const bool http2 : {false, true}) {
        for (const auto manner : {Manner::cut, Manner::refuse_stream, Manner::go_away}) {
            if (!http2 && manner != Manner::cut) continue;
            TlsServer server(identity, http2, {Manner::answer, manner, Manner::answer});
            Trusting client(identity);

            const auto first = client.run(post(server.url(), "x"));
            const auto second = client.run(post(server.url(), "x"));

            CAPTURE(http2);
            CAPTURE(static_cast<int>(manner));
            CAPTURE(http::name_of(second.trouble));
            CAPTURE(second.trouble_text);
            CHECK(first.ok());
            CHECK_FALSE(second.ok());
            CHECK(second.sent);
            CHECK(second.status == 0);
            CHECK(server.requests == 2);
            const bool expected = second.trouble == Trouble::repeat_refused ||
                                  second.trouble == Trouble::refused_stream ||
                                  second.trouble == Trouble::reset;
            CHECK(expected);
        }
    }
}

TEST_CASE("fault row 55: what is no TLS is a tls trouble, not sent") {
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

    CHECK(reply.trouble == Trouble::tls);
    CHECK_FALSE(reply.sent);
}
