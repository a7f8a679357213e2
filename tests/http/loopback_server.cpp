#include "tests/http/loopback_server.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <thread>

namespace nightshift::test {

namespace asio = boost::asio;
using asio::ip::tcp;

struct LoopbackServer::Inside {
    explicit Inside(Script asked) : script(std::move(asked)) {}

    Script script;
    asio::io_context io;
    tcp::acceptor acceptor{io, {asio::ip::address_v4::loopback(), 0}};
    std::vector<std::shared_ptr<tcp::socket>> hung;
    mutable std::mutex mutex;
    std::vector<Received> exchanges;
    int connections = 0;
    int ended = 0;
    mutable std::condition_variable changed;
    std::thread thread;
};

namespace {

std::size_t length_in(const std::string& head) {
    const auto at = head.find("Content-Length: ");
    return at == std::string::npos ? 0 : std::strtoull(head.c_str() + at + 16, nullptr, 10);
}

// Cuts a whole request from the front of `buffer`; false when it is not whole yet.
bool take_request(std::string& buffer, Received& exchange) {
    const auto end = buffer.find("\r\n\r\n");
    if (end == std::string::npos) return false;
    const auto head = buffer.substr(0, end + 2);
    const auto length = length_in(head);
    if (buffer.size() < end + 4 + length) return false;
    exchange.head = head;
    exchange.body = buffer.substr(end + 4, length);
    buffer.erase(0, end + 4 + length);
    const auto space = head.find(' ');
    exchange.method = head.substr(0, space);
    exchange.target = head.substr(space + 1, head.find(' ', space + 1) - space - 1);
    return true;
}

}  // namespace

// Ends by exception when the client goes away: that ends this connection only.
template <class Inside>
asio::awaitable<void> serve(Inside& inside, std::shared_ptr<tcp::socket> socket, int connection) {
    std::string buffer;
    std::vector<char> piece(64 * 1024);
    asio::steady_timer timer(inside.io);
    for (int number = 1;; ++number) {
        Received exchange;
        exchange.connection = connection;
        exchange.number = number;
        while (!take_request(buffer, exchange)) {
            const auto got =
                co_await socket->async_read_some(asio::buffer(piece), asio::use_awaitable);
            buffer.append(piece.data(), got);
        }
        {
            const std::lock_guard lock(inside.mutex);
            inside.exchanges.push_back(exchange);
        }
        const auto acts = inside.script(exchange);
        for (const auto& act : acts) {
            for (std::size_t i = 0; i < act.repeat; ++i) {
                if (act.pause.count() > 0) {
                    timer.expires_after(act.pause);
                    co_await timer.async_wait(asio::use_awaitable);
                }
                co_await asio::async_write(*socket, asio::buffer(act.bytes), asio::use_awaitable);
            }
            if (act.end == Act::End::keep) continue;
            const bool stays = act.end == Act::End::hang || act.end == Act::End::half_close;
            if (stays) inside.hung.push_back(socket);
            if (act.end == Act::End::half_close) socket->shutdown(tcp::socket::shutdown_send);
            if (act.end == Act::End::reset) socket->set_option(asio::socket_base::linger(true, 0));
            if (!stays) socket->close();
            const std::lock_guard lock(inside.mutex);
            ++inside.ended;
            inside.changed.notify_all();
            co_return;
        }
    }
}

template <class Inside>
asio::awaitable<void> accept_all(Inside& inside) {
    for (;;) {
        auto socket = co_await inside.acceptor.async_accept(asio::use_awaitable);
        socket.set_option(tcp::no_delay(true));
        auto shared = std::make_shared<tcp::socket>(std::move(socket));
        asio::co_spawn(inside.io, serve(inside, std::move(shared), ++inside.connections),
                       asio::detached);
    }
}

LoopbackServer::LoopbackServer(Script script)
    : inside_(std::make_unique<Inside>(std::move(script))) {
    asio::co_spawn(inside_->io, accept_all(*inside_), asio::detached);
    inside_->thread = std::thread([inside = inside_.get()] { inside->io.run(); });
}

LoopbackServer::~LoopbackServer() {
    inside_->io.stop();
    inside_->thread.join();
}

unsigned short LoopbackServer::port() const {
    return inside_->acceptor.local_endpoint().port();
}

std::string LoopbackServer::url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(port()) + path;
}

std::vector<Received> LoopbackServer::exchanges() const {
    const std::lock_guard lock(inside_->mutex);
    return inside_->exchanges;
}

void LoopbackServer::wait_for_ended(int connections) const {
    std::unique_lock lock(inside_->mutex);
    inside_->changed.wait(lock, [&] { return inside_->ended >= connections; });
}

std::string response(int status, const std::string& body, const std::string& fields) {
    return "HTTP/1.1 " + std::to_string(status) + " Word\r\n" + fields +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

Script always(const std::string& bytes, Act::End end) {
    return [bytes, end](const Received&) { return std::vector<Act>{{.bytes = bytes, .end = end}}; };
}

}  // namespace nightshift::test
