// The thread, its two listeners and the accept loops.
#include "sandbox/sandbox.hpp"

#include "sandbox/session.hpp"
#include "sandbox/state/gateway_state.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <thread>

namespace nightshift::sandbox {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

// An exception that left a connection's coroutine ends that connection; the gateway goes on, and
// its client sees the cut.
void end_connection(std::exception_ptr) {}

asio::awaitable<void> accept_all(tcp::acceptor& acceptor, World& world, bool results) {
    while (acceptor.is_open()) {
        error_code error;
        tcp::socket socket =
            co_await acceptor.async_accept(asio::redirect_error(asio::use_awaitable, error));
        if (!error) {
            asio::co_spawn(acceptor.get_executor(), serve(std::move(socket), world, results),
                           end_connection);
            continue;
        }
        // Out of descriptors, most likely: let some connections end first.
        asio::steady_timer timer(acceptor.get_executor(), std::chrono::milliseconds(50));
        co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
    }
}

tcp::acceptor listener(asio::io_context& context, const std::string& host, std::uint16_t port) {
    error_code error;
    const auto address = asio::ip::make_address(host, error);
    if (error) throw std::runtime_error(fmt::format("sandbox: not an address: {}", host));
    try {
        return tcp::acceptor(context, tcp::endpoint(address, port));
    } catch (const boost::system::system_error& failure) {
        throw std::runtime_error(fmt::format("sandbox: cannot listen on {}:{}: {}", host, port,
                                             failure.code().message()));
    }
}

}  // namespace

struct Sandbox::Running {
    World world;  // outlives the coroutines that the context owns
    asio::io_context context{1};
    tcp::acceptor gateway;
    tcp::acceptor results;
    std::thread thread;

    explicit Running(Options options)
        : world(std::move(options)),
          gateway(listener(context, world.options().host, world.options().port)),
          results(listener(context, world.options().host, world.options().results_port)) {
        world.origin = origin_of(gateway);
        world.results_origin = origin_of(results);
        asio::co_spawn(context, accept_all(gateway, world, false), end_connection);
        asio::co_spawn(context, accept_all(results, world, true), end_connection);
        thread = std::thread([this] { context.run(); });
    }
    ~Running() {
        context.stop();
        thread.join();
    }

    std::string origin_of(const tcp::acceptor& acceptor) const {
        return fmt::format("http://{}:{}", world.options().host, acceptor.local_endpoint().port());
    }
};

Sandbox::Sandbox(Options options) : running_(std::make_unique<Running>(std::move(options))) {}

Sandbox::~Sandbox() = default;

std::uint16_t Sandbox::port() const {
    return running_->gateway.local_endpoint().port();
}

std::uint16_t Sandbox::results_port() const {
    return running_->results.local_endpoint().port();
}

std::string Sandbox::base_url() const {
    return running_->world.origin;
}

void Sandbox::expect(std::string_view body, std::string_view expect) {
    running_->world.expectations().note(body, expect);
}

int Sandbox::wait_for_signal() {
    asio::io_context waiting;
    asio::signal_set signals(waiting, SIGINT, SIGTERM);
    int caught = 0;
    signals.async_wait([&caught](const error_code&, int number) { caught = number; });
    waiting.run();
    return caught;
}

}  // namespace nightshift::sandbox
