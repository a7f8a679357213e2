#include "control/server.hpp"

#include "base/bounds.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <optional>
#include <unistd.h>

namespace nightshift::control {

namespace asio = boost::asio;
using Local = asio::local::stream_protocol;
using Acceptor = asio::basic_socket_acceptor<Local, Executor>;
using Socket = asio::basic_stream_socket<Local, Executor>;
using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, Executor>;
using boost::system::error_code;

ServerBounds::ServerBounds()
    : idle(static_cast<std::int64_t>(limits::control_idle_s * 1000)),
      clients_max(limits::control_clients) {}

struct Server::State {
    State(asio::io_context& the_io, Perform the_perform, ServerBounds the_bounds)
        : io(the_io),
          perform(std::move(the_perform)),
          bounds(the_bounds),
          acceptor(the_io),
          all_answered(the_io) {}

    asio::io_context& io;
    Perform perform;
    ServerBounds bounds;
    Acceptor acceptor;
    Timer all_answered;  // cancelled when nothing is under way
    int clients = 0;
    int under_way = 0;  // requests
    bool closing = false;
};

namespace {

using StatePtr = std::shared_ptr<Server::State>;

struct Client {
    explicit Client(Socket the_socket)
        : socket(std::move(the_socket)), patience(socket.get_executor()) {}

    Socket socket;
    Timer patience;
    LineBuffer lines{limits::control_line_bytes};
};
using ClientPtr = std::shared_ptr<Client>;

// Closes the socket of who is silent; a read or a write that waits for it then ends.
void watch(const ClientPtr& client, std::chrono::milliseconds idle) {
    client->patience.expires_after(idle);
    client->patience.async_wait([client](const error_code& error) {
        error_code ignored;
        if (!error) client->socket.close(ignored);
    });
}

Async<bool> send(ClientPtr client, std::string text, std::chrono::milliseconds idle) {
    error_code error;
    watch(client, idle);
    co_await asio::async_write(client->socket, asio::buffer(text),
                               asio::redirect_error(use_async, error));
    client->patience.cancel();
    co_return !error;
}

// The next whole line; nullopt when there is none to come.
Async<std::optional<std::string>> read_line(ClientPtr client, std::chrono::milliseconds idle) {
    std::array<char, 4096> bytes{};
    watch(client, idle);
    auto line = client->lines.next();
    while (!line && !client->lines.overflowed()) {
        error_code error;
        const auto got = co_await client->socket.async_read_some(
            asio::buffer(bytes), asio::redirect_error(use_async, error));
        if (error) break;
        client->lines.add({bytes.data(), got});
        line = client->lines.next();
    }
    client->patience.cancel();
    co_return line;
}

// Counted by hand at both ends: a frame that is destroyed with the loop must not touch the state's
// timer.
Async<Answer> answer_to(StatePtr state, std::string line) {
    auto read = read_request(line);
    if (!read.request) co_return Answer::refused(Trouble::request, std::move(read.error));
    if (state->closing) co_return Answer::refused(Trouble::ending, "the run is ending");
    auto request = std::move(*read.request);
    auto answer = co_await state->perform(std::move(request));
    co_return answer;
}

Async<void> serve(StatePtr state, ClientPtr client) {
    const auto idle = state->bounds.idle;
    for (;;) {
        auto line = co_await read_line(client, idle);
        if (!line) break;
        ++state->under_way;
        auto answer = co_await answer_to(state, std::move(*line));
        auto text = line_of(answer);
        const bool sent = co_await send(client, std::move(text), idle);
        if (--state->under_way == 0) state->all_answered.cancel();
        if (!sent || state->closing) break;
    }
    if (client->lines.overflowed()) {
        auto text = line_of(Answer::refused(Trouble::request, "a line has 64 KiB at most"));
        co_await send(client, std::move(text), idle);
    }
    --state->clients;
}

// For one answer only, without reading what it wants.
Async<void> send_away(StatePtr state, ClientPtr client, Answer answer) {
    auto text = line_of(answer);
    co_await send(client, std::move(text), state->bounds.idle);
}

void receive(const StatePtr& state, Socket socket) {
    const bool known = may_command(socket.native_handle());
    auto client = std::make_shared<Client>(std::move(socket));
    if (!known) {
        auto no = Answer::refused(Trouble::request, "this run belongs to another user");
        auto away = send_away(state, std::move(client), std::move(no));
        return asio::co_spawn(state->io, std::move(away), asio::detached);
    }
    if (state->clients >= state->bounds.clients_max) {
        auto no = Answer::refused(Trouble::busy, "too many are asking at once; try again");
        auto away = send_away(state, std::move(client), std::move(no));
        return asio::co_spawn(state->io, std::move(away), asio::detached);
    }
    ++state->clients;
    auto whole = serve(state, std::move(client));
    asio::co_spawn(state->io, std::move(whole), asio::detached);
}

Async<void> let_in(StatePtr state) {
    for (;;) {
        error_code error;
        auto socket = co_await state->acceptor.async_accept(asio::redirect_error(use_async, error));
        if (!state->acceptor.is_open()) co_return;
        if (!error) {
            receive(state, std::move(socket));
            continue;
        }
        // Out of descriptors, most likely: some come back.
        Timer pause(state->io);
        pause.expires_after(std::chrono::seconds(1));
        error_code ignored;
        co_await pause.async_wait(asio::redirect_error(use_async, ignored));
    }
}

}  // namespace

Server::Server(asio::io_context& io, Door& door, Perform perform, ServerBounds bounds)
    : state_(std::make_shared<State>(io, std::move(perform), bounds)) {
    if (door.listener() < 0) return;
    // A copy: the door stays the owner of its own and of the name.
    const int listener = dup(door.listener());
    error_code error;
    state_->acceptor.assign(Local(), listener, error);
    if (error) return;
    auto whole = let_in(state_);
    asio::co_spawn(io, std::move(whole), asio::detached);
}

Server::~Server() {
    error_code ignored;
    state_->acceptor.close(ignored);
}

Async<void> Server::close(std::chrono::milliseconds most) {
    auto state = state_;
    state->closing = true;
    error_code ignored;
    state->acceptor.close(ignored);
    if (state->under_way == 0) co_return;
    state->all_answered.expires_after(most);
    co_await state->all_answered.async_wait(asio::redirect_error(use_async, ignored));
}

}  // namespace nightshift::control
