// The reference of every row about requests: libcurl's multi interface on Asio, and nothing else.
// The same request again and again, only its number differs; the reply is counted and dropped. One
// easy handle and one body buffer a slot; a timer that is armed only when it would go off earlier.
//
//   bare_loop --url URL --body FILE [--tasks N] [-j N] [--http2] [--ca FILE]
//
// The body has seven zeros where the number of the request goes.

#include "tests/bench/usage.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <curl/curl.h>

#include <CLI/CLI.hpp>

#include <deque>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace asio = boost::asio;

namespace {

using Time = std::chrono::steady_clock::time_point;

struct Options {
    std::string url, body_file, ca;
    std::int64_t tasks = 100'000;
    int in_flight = 64;
    bool http2 = false;
};

struct Slot {
    CURL* easy = nullptr;
    std::string body;
    std::int64_t received_bytes = 0;
};

// A descriptor of libcurl, borrowed; a wait that is pending shares it.
struct Watched {
    explicit Watched(asio::io_context& io) : descriptor(io) {}
    asio::posix::stream_descriptor descriptor;
    int wanted = 0, waiting = 0;  // CURL_CSELECT_IN | CURL_CSELECT_OUT
    bool dropped = false;
};

class Loop {
public:
    Loop(const Options& options, std::string body);
    ~Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    // The number of requests that were answered with 200.
    std::int64_t run();

private:
    static int on_socket(CURL*, curl_socket_t fd, int what, void* self, void*);
    static int on_timer(CURLM*, long timeout_ms, void* self);
    static std::size_t on_body(char*, std::size_t size, std::size_t count, void* slot);
    void set_up(Slot& slot);
    void start(Slot& slot);
    void watch(const std::shared_ptr<Watched>& socket, int event);
    void arm();
    void act(curl_socket_t fd, int event);
    void finish(CURL* easy, CURLcode code);

    const Options& options_;
    std::string template_;
    std::size_t number_at_;
    asio::io_context io_{1};
    asio::steady_timer timer_{io_};
    Time wanted_ = Time::max(), armed_ = Time::max();
    bool wake_posted_ = false;
    CURLM* multi_ = curl_multi_init();
    curl_slist* headers_ = nullptr;
    std::deque<Slot> slots_;
    std::vector<std::shared_ptr<Watched>> sockets_;  // by descriptor
    std::int64_t started_ = 0, ended_ = 0, good_ = 0;
    bool complained_ = false;
};

constexpr std::string_view number_mark = "0000000";

Loop::Loop(const Options& options, std::string body)
    : options_(options), template_(std::move(body)), number_at_(template_.find(number_mark)) {
    if (number_at_ == std::string::npos) throw std::runtime_error("the body has no 0000000");
    curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &Loop::on_socket);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &Loop::on_timer);
    curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, static_cast<long>(options.in_flight));
    headers_ = curl_slist_append(headers_, "Authorization: Bearer sk-bench");
    headers_ = curl_slist_append(headers_, "Content-Type: application/json");
}

Loop::~Loop() {
    for (auto& slot : slots_) curl_easy_cleanup(slot.easy);
    curl_multi_cleanup(multi_);
    for (auto& socket : sockets_) {
        if (socket) socket->descriptor.release();
    }
    curl_slist_free_all(headers_);
}

void Loop::set_up(Slot& slot) {
    slot.easy = curl_easy_init();
    slot.body = template_;
    auto* easy = slot.easy;
    curl_easy_setopt(easy, CURLOPT_PRIVATE, &slot);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_URL, options_.url.c_str());
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "bare_loop/1");
    curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers_);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(slot.body.size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, slot.body.data());
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &Loop::on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &slot);
    if (!options_.ca.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, options_.ca.c_str());
    const long version = options_.http2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1;
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, version);
    if (options_.http2) curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 1L);
}

void Loop::start(Slot& slot) {
    if (started_ == options_.tasks) return;
    auto number = ++started_;
    for (auto at = number_at_ + number_mark.size(); at > number_at_; number /= 10) {
        slot.body[--at] = static_cast<char>('0' + number % 10);
    }
    slot.received_bytes = 0;
    curl_multi_add_handle(multi_, slot.easy);
}

std::int64_t Loop::run() {
    for (int i = 0; i < options_.in_flight; ++i) {
        set_up(slots_.emplace_back());
        start(slots_.back());
    }
    io_.run();
    return good_;
}

std::size_t Loop::on_body(char*, std::size_t size, std::size_t count, void* slot) {
    static_cast<Slot*>(slot)->received_bytes += static_cast<std::int64_t>(size * count);
    return size * count;
}

int Loop::on_socket(CURL*, curl_socket_t fd, int what, void* self_ptr, void*) {
    auto& self = *static_cast<Loop*>(self_ptr);
    const auto index = static_cast<std::size_t>(fd);
    if (index >= self.sockets_.size()) self.sockets_.resize(index + 1);
    auto& socket = self.sockets_[index];
    if (what == CURL_POLL_REMOVE) {
        if (!socket) return 0;
        socket->dropped = true;
        socket->descriptor.release();
        socket.reset();
        return 0;
    }
    if (!socket) {
        socket = std::make_shared<Watched>(self.io_);
        boost::system::error_code error;
        socket->descriptor.assign(fd, error);
        if (error) return -1;
    }
    socket->wanted = ((what & CURL_POLL_IN) != 0 ? CURL_CSELECT_IN : 0) |
                     ((what & CURL_POLL_OUT) != 0 ? CURL_CSELECT_OUT : 0);
    self.watch(socket, CURL_CSELECT_IN);
    self.watch(socket, CURL_CSELECT_OUT);
    return 0;
}

void Loop::watch(const std::shared_ptr<Watched>& socket, int event) {
    if (socket->dropped || (socket->wanted & event) == 0 || (socket->waiting & event) != 0) return;
    socket->waiting |= event;
    const auto kind = event == CURL_CSELECT_IN ? asio::posix::descriptor_base::wait_read
                                               : asio::posix::descriptor_base::wait_write;
    socket->descriptor.async_wait(kind, [this, socket, event](const boost::system::error_code& ec) {
        socket->waiting &= ~event;
        if (socket->dropped) return;
        act(socket->descriptor.native_handle(), ec ? CURL_CSELECT_ERR : event);
        watch(socket, event);
    });
}

int Loop::on_timer(CURLM*, long timeout_ms, void* self_ptr) {
    auto& self = *static_cast<Loop*>(self_ptr);
    if (timeout_ms < 0) {
        self.wanted_ = Time::max();
        return 0;
    }
    if (timeout_ms > 0) {
        self.wanted_ = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
        if (self.wanted_ < self.armed_) self.arm();
        return 0;
    }
    if (self.wake_posted_) return 0;
    self.wake_posted_ = true;
    asio::post(self.io_, [&self] {
        self.wake_posted_ = false;
        self.act(CURL_SOCKET_TIMEOUT, 0);
    });
    return 0;
}

void Loop::arm() {
    armed_ = wanted_;
    timer_.expires_at(armed_);
    timer_.async_wait([this](const boost::system::error_code& error) {
        if (error) return;
        armed_ = Time::max();
        if (wanted_ > std::chrono::steady_clock::now()) {
            if (wanted_ != Time::max()) arm();
            return;
        }
        wanted_ = Time::max();
        act(CURL_SOCKET_TIMEOUT, 0);
    });
}

void Loop::act(curl_socket_t fd, int event) {
    int running = 0, queued = 0;
    curl_multi_socket_action(multi_, fd, event, &running);
    while (const auto* message = curl_multi_info_read(multi_, &queued)) {
        if (message->msg == CURLMSG_DONE) finish(message->easy_handle, message->data.result);
    }
    if (ended_ == options_.tasks) io_.stop();  // a connection that is kept is still watched
}

void Loop::finish(CURL* easy, CURLcode code) {
    char* slot_ptr = nullptr;
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &slot_ptr);
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    auto& slot = *reinterpret_cast<Slot*>(slot_ptr);
    if (code == CURLE_OK && status == 200 && slot.received_bytes > 0) {
        ++good_;
    } else if (!complained_) {  // the first is enough
        complained_ = true;
        fmt::print(stderr, "bare_loop: HTTP {}: {}\n", status, curl_easy_strerror(code));
    }
    ++ended_;
    curl_multi_remove_handle(multi_, easy);
    start(slot);
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    CLI::App app("The bare loop.");
    app.add_option("--url", options.url)->required();
    app.add_option("--body", options.body_file)->required();
    app.add_option("--ca", options.ca);
    app.add_option("--tasks", options.tasks);
    app.add_option("-j", options.in_flight);
    app.add_flag("--http2", options.http2);
    CLI11_PARSE(app, argc, argv);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    try {
        std::ifstream file(options.body_file, std::ios::binary);
        Loop loop(options, std::string((std::istreambuf_iterator<char>(file)), {}));
        const nightshift::bench::Stopwatch watch;
        const auto good = loop.run();
        nightshift::bench::print_usage(good, watch.elapsed_s());
        return good == options.tasks ? 0 : 1;
    } catch (const std::exception& error) {
        fmt::print(stderr, "bare_loop: {}\n", error.what());
        return 1;
    }
}
