// A gateway that answers each POST after so many seconds, on thousands of connections: nginx cannot
// wait without foreign modules. Prints its URL; ends with its stdin.
//
//   slow_server --reply FILE [--delay SECONDS]

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

#include <sys/resource.h>
#include <unistd.h>

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

struct Answer {
    std::string bytes;  // the whole reply
    std::chrono::steady_clock::duration delay;
};

// The length that the head announces; the clients here spell it as curl does.
std::size_t body_length(std::string_view head) {
    constexpr std::string_view name = "\r\nContent-Length: ";
    const auto at = head.find(name);
    std::size_t length = 0;
    if (at != std::string_view::npos) {
        const auto* first = head.data() + at + name.size();
        std::from_chars(first, head.data() + head.size(), length);
    }
    return length;
}

asio::awaitable<void> serve(tcp::socket socket, const Answer& answer) {
    asio::steady_timer timer(socket.get_executor());
    std::string bytes;
    try {
        for (;;) {
            auto into = asio::dynamic_buffer(bytes);
            const auto head =
                co_await asio::async_read_until(socket, into, "\r\n\r\n", asio::use_awaitable);
            const auto whole = head + body_length(std::string_view(bytes).substr(0, head));
            if (bytes.size() < whole) {
                const auto rest = asio::transfer_exactly(whole - bytes.size());
                co_await asio::async_read(socket, into, rest, asio::use_awaitable);
            }
            bytes.erase(0, whole);
            timer.expires_after(answer.delay);
            co_await timer.async_wait(asio::use_awaitable);
            co_await asio::async_write(socket, asio::buffer(answer.bytes), asio::use_awaitable);
        }
    } catch (const boost::system::system_error&) {
        co_return;  // the client has gone
    }
}

asio::awaitable<void> listen(tcp::acceptor& acceptor, const Answer& answer) {
    for (;;) {
        auto socket = co_await acceptor.async_accept(asio::use_awaitable);
        auto served = serve(std::move(socket), answer);
        asio::co_spawn(acceptor.get_executor(), std::move(served), asio::detached);
    }
}

void raise_descriptor_limit() {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

int main(int argc, char** argv) {
    std::string reply_file;
    double delay_s = 10;
    CLI::App app("A gateway that takes its time.");
    app.add_option("--reply", reply_file)->required();
    app.add_option("--delay", delay_s);
    CLI11_PARSE(app, argc, argv);
    raise_descriptor_limit();
    std::ifstream file(reply_file, std::ios::binary);
    const std::string body((std::istreambuf_iterator<char>(file)), {});
    const Answer answer{
        fmt::format("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}"
                    "\r\n\r\n{}",
                    body.size(), body),
        std::chrono::duration_cast<std::chrono::steady_clock::duration>(
            std::chrono::duration<double>(delay_s))};
    asio::io_context io(1);
    tcp::acceptor acceptor(io, {asio::ip::address_v4::loopback(), 0});
    asio::posix::stream_descriptor starter(io, dup(STDIN_FILENO));
    char nothing = 0;
    starter.async_read_some(asio::buffer(&nothing, 1),
                            [&io](const boost::system::error_code&, std::size_t) { io.stop(); });
    asio::co_spawn(io, listen(acceptor, answer), asio::detached);
    fmt::print("http://127.0.0.1:{}\n", acceptor.local_endpoint().port());
    std::fflush(stdout);
    io.run();
    return 0;
}
