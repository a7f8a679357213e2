// libcurl's multi interface driven by Asio: the only file that knows curl_multi_*.
//
// libcurl says which sockets it wants watched and when it wants to be woken; both are passed on to
// the loop. libcurl is entered from Asio handlers only, and a coroutine resumes by post, never
// inside a libcurl callback.
//
// How long an exchange may take is watched here, not by libcurl, which looks at the clock before it
// reads: after a pause of the process (Ctrl-Z, a suspended machine, a debugger) it would throw away
// replies that wait in their sockets, and they are paid.

#pragma once

#include "base/async.hpp"
#include "http/curl/origin_gate.hpp"
#include "http/curl/socket_watch.hpp"
#include "http/curl/tls_read_ahead.hpp"

#include <boost/asio/async_result.hpp>
#include <curl/curl.h>

#include <chrono>
#include <memory>
#include <optional>
#include <vector>

namespace nightshift::http {

class CurlMulti {
public:
    using Handler = boost::asio::async_result<boost::asio::use_awaitable_t<Executor>,
                                              void(CURLcode)>::handler_type;

    // One easy handle on its way. Owned by the caller until perform() has resumed it, or this
    // object is gone. CURLOPT_PRIVATE of `easy` must point here.
    struct Run : OriginGate::Ticket {
        CURL* easy = nullptr;
        CurlMulti* owner = nullptr;            // while the transfer is under way
        std::optional<Handler> done = {};      // the same
        std::size_t place = 0;                 // in running_
        std::string origin = {};  // "https://host:port" where connections may be shared, else empty
        std::chrono::milliseconds timeout{0};  // of the whole exchange; 0: none
        long stall_s = 0;                      // CURLOPT_LOW_SPEED_TIME as it is set; 0: none
        bool is_stretched = false;             // stall_s was raised after a pause
        std::chrono::steady_clock::time_point deadline = {};  // while the transfer is under way
    };

    CurlMulti(boost::asio::io_context& io, long connections_max);
    void set_connections_max(long connections_max);
    // Transfers under way are dropped: their coroutines are destroyed by the loop, not resumed.
    ~CurlMulti();
    CurlMulti(const CurlMulti&) = delete;
    CurlMulti& operator=(const CurlMulti&) = delete;

    // Runs the transfer to its end: CURLE_OPERATION_TIMEDOUT after run.timeout. Cancelling the
    // waiting coroutine ends it with CURLE_ABORTED_BY_CALLBACK.
    Async<CURLcode> perform(Run& run);

    std::size_t running() const { return running_.size(); }

    // To be told by whoever makes sockets for libcurl (CURLOPT_OPENSOCKETFUNCTION).
    void opened(curl_socket_t fd);
    // ... and before a request is sent; `dialled`: the last of the sockets made for it, or
    // CURL_SOCKET_BAD on a connection that was there before.
    void sends(Run& run, curl_socket_t dialled) noexcept;

private:
    using SteadyTime = std::chrono::steady_clock::time_point;
    struct Alarm;

    static int on_socket(CURL*, curl_socket_t fd, int what, void* self, void*) noexcept;
    static int on_close(void* self, curl_socket_t fd) noexcept;
    static int on_timer(CURLM*, long timeout_ms, void* self) noexcept;
    void begin(Run& run, Handler handler);
    void arm_deadline(SteadyTime when);
    void end_overdue();
    void forgive_if_late(SteadyTime due);
    void wake_at(SteadyTime when);
    void arm();
    void ring();
    bool hand_over(Run& run);
    void start_waiting();
    void start_waiting_soon();
    void hurry_later();
    void act(curl_socket_t fd, int event);
    void read_on();
    void complete();
    bool shares_connections() const;
    void finish(Run& run, CURLcode code);

    boost::asio::io_context& io_;
    SocketWatch watch_;
    CURLM* multi_;
    std::vector<Run*> running_;
    std::vector<int> sockets_;  // open, idle ones included
    ReadAhead ahead_;
    OriginGate gate_;
    std::shared_ptr<Alarm> alarm_;
    SteadyTime wanted_ = SteadyTime::max();  // when libcurl wants to be woken
    SteadyTime armed_ = SteadyTime::max();   // when the Asio timer goes off, never after wanted_
    SteadyTime next_deadline_ = SteadyTime::max();  // none of running_ has an earlier one
    bool wake_posted_ = false;
    bool read_on_posted_ = false;
    bool start_posted_ = false;
    bool is_starting_ = false;  // libcurl is driven as soon as it has the transfer
    bool hurry_armed_ = false;
};

}  // namespace nightshift::http
