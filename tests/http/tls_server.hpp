// TLS and HTTP/2 in a hundred lines: a server that speaks just enough HTTP/2 (RFC 9113) to answer,
// to refuse a stream, to go away and to end a connection without a reply.

#pragma once

#include "http/curl/tcp_cork.hpp"
#include "tests/fakes/tls_identity.hpp"
#include "tests/http/client_fixture.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <openssl/ssl.h>

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <thread>
#include <utility>
#include <vector>

namespace nightshift::test {

namespace asio = boost::asio;
using asio::ip::tcp;

// What is done to a request: `later` is answered together with the next that is answered, in one
// piece of many TLS records. The last four end the connection.
enum class Manner { answer, later, refuse_stream, go_away, close, reset, fragment };

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
    std::atomic<int> connection_of_last = 0;  // the last request's, from 1

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
        connection_of_last = connections_;
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
            ++connections_;
            http2_ ? serve_frames(stream) : serve_text(stream);
        }
    }

    // Sends what is left of a connection before it ends.
    void leave(Stream& stream, Manner manner, const std::string& fragment) {
        boost::system::error_code ec;
        if (manner == Manner::fragment) asio::write(stream, asio::buffer(fragment), ec);
        if (manner == Manner::close) stream.shutdown(ec);
        if (manner != Manner::reset) return;
        stream.next_layer().set_option(asio::socket_base::linger(true, 0), ec);
        stream.next_layer().close(ec);
    }

    void serve_text(Stream& stream) {
        boost::system::error_code ec;
        std::string buffer(16384, '\0');
        while (stream.read_some(asio::buffer(buffer), ec) > 0) {
            const auto manner = next();
            if (manner != Manner::answer) return leave(stream, manner, "HTTP/1.1 2");
            const std::string text = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
            asio::write(stream, asio::buffer(text), ec);
        }
    }

    static std::string frame(char type, char flags, char stream, const std::string& payload) {
        return std::string{'\0', '\0',  static_cast<char>(payload.size()), type, flags, '\0', '\0',
                           '\0', stream} +
               payload;
    }

    void answer_all(Stream& stream, const std::vector<char>& ids) {
        boost::system::error_code ec;
        const http::Cork one_piece({stream.next_layer().native_handle()});
        for (const auto id : ids) {  // ":status: 200" is entry 8 of the static table
            asio::write(stream, asio::buffer(frame(1, 4, id, "\x88")), ec);
            asio::write(stream, asio::buffer(frame(0, 1, id, "ok")), ec);
        }
    }

    void serve_frames(Stream& stream) {
        boost::system::error_code ec;
        std::vector<char> held;
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
            const std::string went_away = frame(7, 0, 0, std::string(8, '\0'));
            const auto manner = next();
            switch (manner) {
                case Manner::later:
                    held.push_back(id);
                    break;
                case Manner::answer:
                    held.push_back(id);
                    answer_all(stream, std::exchange(held, {}));
                    break;
                case Manner::refuse_stream:
                    asio::write(stream, asio::buffer(frame(3, 0, id, refused)), ec);
                    break;
                case Manner::go_away:
                    asio::write(stream, asio::buffer(went_away), ec);
                    return;
                default:  // the fragment is one of a HEADERS frame
                    return leave(stream, manner, frame(1, 4, id, "\x88").substr(0, 7));
            }
        }
    }

    bool http2_;
    int connections_ = 0;  // of the serving thread
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

}  // namespace nightshift::test
