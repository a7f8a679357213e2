// Reading with Beast's parser, writing by hand so that a fault can stop anywhere. Expect:
// 100-continue as RFC 9110 10.1.1 has it.
#include "sandbox/session.hpp"

#include "sandbox/gateway.hpp"
#include "sandbox/http_writer.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>

#include <algorithm>
#include <array>
#include <chrono>

// GCC 12 takes Asio's own frame allocation for a mismatch once it is inlined (at -O1).
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"

namespace nightshift::sandbox {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using Parser = http::request_parser<http::string_body>;
using boost::system::error_code;

struct Connection {
    tcp::socket socket;
    World& world;
    bool results;
    boost::beast::flat_buffer buffer;
};

// Gives the call's place in the limits back, however the reply ends.
struct Place {
    World& world;
    const Call& call;
    const Answer& made;

    Place(World& the_world, const Call& the_call, const Answer& the_answer)
        : world(the_world), call(the_call), made(the_answer) {}
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place() {
        if (made.limited) world.limits().leave(call, made.reply.output_tokens, now_ms());
    }
};

Call call_of(Connection& connection, const Parser& parser) {
    const auto& request = parser.get();
    Call call;
    call.method = std::string(request.method_string());
    const std::string target(request.target());
    const auto mark = target.find('?');
    call.path = percent_decoded(target.substr(0, mark));
    if (mark != std::string::npos) call.query = target.substr(mark + 1);
    for (const auto& field : request) {
        call.headers.push_back(
            Header{std::string(field.name_string()), std::string(field.value())});
    }
    call.route = connection.results ? result_route_of(call.method, call.path)
                                    : route_of(call.method, call.path);
    call.request_id = connection.world.request_id();
    return call;
}

void reset(Connection& connection) {
    error_code ignored;
    connection.socket.set_option(asio::socket_base::linger(true, 0), ignored);
    connection.socket.close(ignored);
}

asio::awaitable<void> pause(Connection& connection, double seconds) {
    asio::steady_timer timer(connection.socket.get_executor());
    timer.expires_after(std::chrono::microseconds(static_cast<std::int64_t>(seconds * 1e6)));
    error_code ignored;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

// Takes whatever comes until the peer goes away.
asio::awaitable<void> drain(Connection& connection) {
    std::array<char, 4096> scrap{};
    error_code error;
    while (!error) {
        co_await connection.socket.async_read_some(
            asio::buffer(scrap), asio::redirect_error(asio::use_awaitable, error));
    }
}

asio::awaitable<bool> send(Connection& connection, const std::string& bytes) {
    error_code error;
    co_await asio::async_write(connection.socket, asio::buffer(bytes),
                               asio::redirect_error(asio::use_awaitable, error));
    co_return !error;
}

asio::awaitable<bool> send_slowly(Connection& connection, std::string bytes, std::size_t rate) {
    const std::size_t step = std::max<std::size_t>(1, rate / 8);
    for (std::size_t at = 0; at < bytes.size(); at += step) {
        const std::string slice = bytes.substr(at, step);
        const bool sent = co_await send(connection, slice);
        if (!sent) co_return false;
        co_await pause(connection, static_cast<double>(slice.size()) / static_cast<double>(rate));
    }
    co_return true;
}

// Ends the connection as a fault wants it. The caller returns after it.
asio::awaitable<void> end(Connection& connection, Cut cut) {
    const bool resets = cut == Cut::reset_before_body || cut == Cut::reset_after_body ||
                        cut == Cut::reset_mid_reply;
    if (resets) {
        reset(connection);
        co_return;
    }
    if (cut == Cut::partial_status) {
        const std::string fragment = "HTTP/1.1 2";
        co_await send(connection, fragment);
    }
    error_code ignored;
    const bool stalls = cut == Cut::stall || cut == Cut::stall_mid_reply;
    if (!stalls) connection.socket.shutdown(tcp::socket::shutdown_send, ignored);
    co_await drain(connection);
}

bool cuts_before_reply(Cut cut) {
    return cut == Cut::reset_after_body || cut == Cut::close_after_body ||
           cut == Cut::partial_status || cut == Cut::stall;
}

// Sends one answer; false when the connection is over.
asio::awaitable<bool> deliver(Connection& connection, Call& call, Answer& made,
                              const Parser& parser) {
    const Place place(connection.world, call, made);
    const Options& options = connection.world.options();
    Dice dice(mix(call.roll, "time"));
    const double work = made.reply.seconds * dice.between(0.6, 1.4) / options.speed;
    const bool streams = !made.reply.frames.empty();
    const double before = made.fault.delay_seconds / options.speed + (streams ? 0 : work);
    if (before > 0) co_await pause(connection, before);
    if (cuts_before_reply(made.fault.cut)) {
        co_await end(connection, made.fault.cut);
        co_return false;
    }
    const bool chunks = parser.get().version() >= 11;
    const Transmission out =
        transmission_of(made.reply, call, made.fault, chunks && parser.get().keep_alive(), chunks);
    const double gap = streams ? work / static_cast<double>(out.pieces.size()) : 0;
    for (const std::string& piece : out.pieces) {
        bool sent = false;
        if (made.fault.bytes_per_second > 0) {
            sent = co_await send_slowly(connection, piece, made.fault.bytes_per_second);
        } else {
            sent = co_await send(connection, piece);
        }
        if (!sent) co_return false;
        if (gap >= 0.001) co_await pause(connection, gap);
    }
    if (out.after != Cut::none) co_await end(connection, out.after);
    co_return out.keep_alive;
}

// A body above the limit is refused unread, and the connection closes.
asio::awaitable<void> refuse_body(Connection& connection, Call& call) {
    const Reply reply = too_large(call);
    const Transmission out = transmission_of(reply, call, Fault(), false, true);
    for (const std::string& piece : out.pieces) co_await send(connection, piece);
    co_await end(connection, Cut::close_after_body);
}

// Reads the body, if one comes; false when the connection is over.
asio::awaitable<bool> read_whole(Connection& connection, Parser& parser, Call& call) {
    const auto announced = parser.content_length();
    if (announced && *announced > body_bytes_max) {
        co_await refuse_body(connection, call);
        co_return false;
    }
    parser.body_limit(body_bytes_max);
    if (same_name(call.header("expect"), "100-continue")) {
        const std::string go_on = "HTTP/1.1 100 Continue\r\n\r\n";
        co_await send(connection, go_on);
    }
    error_code error;
    co_await http::async_read(connection.socket, connection.buffer, parser,
                              asio::redirect_error(asio::use_awaitable, error));
    if (error == http::error::body_limit) co_await refuse_body(connection, call);
    if (error) co_return false;
    call.body = std::move(parser.get().body());
    co_return true;
}

asio::awaitable<void> refuse_request(Connection& connection) {
    const std::string reply =
        "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8"
        "\r\nConnection: close\r\n\r\n400 Bad Request";
    co_await send(connection, reply);
    co_await end(connection, Cut::close_after_body);
}

// One request and its reply; false when the connection is over.
asio::awaitable<bool> serve_one(Connection& connection) {
    Parser parser;
    parser.header_limit(64 * 1024);
    parser.body_limit(boost::none);
    error_code error;
    co_await http::async_read_header(connection.socket, connection.buffer, parser,
                                     asio::redirect_error(asio::use_awaitable, error));
    const bool gone =
        error.category() != http::make_error_code(http::error::bad_target).category() ||
        error == http::error::end_of_stream || error == http::error::partial_message;
    if (error && !gone) co_await refuse_request(connection);
    if (error) co_return false;

    Call call = call_of(connection, parser);
    const Fault early = connection.world.faults().deal(
        Occasion{call.route.endpoint, call.route.model, std::string(), false});
    if (early.cut == Cut::reset_before_body) {
        co_await end(connection, early.cut);
        co_return false;
    }
    const bool whole = co_await read_whole(connection, parser, call);
    if (!whole) co_return false;
    Answer made = answer(connection.world, call);
    const bool more = co_await deliver(connection, call, made, parser);
    co_return more;
}

}  // namespace

asio::awaitable<void> serve(tcp::socket socket, World& world, bool results) {
    error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    Connection connection{std::move(socket), world, results, {}};
    bool more = true;
    while (more) {
        const bool again = co_await serve_one(connection);
        more = again;
    }
}

}  // namespace nightshift::sandbox
