// The sockets of a libcurl multi handle, watched through an epoll instance of their own; the loop
// watches only that one. A socket stays registered while libcurl keeps its connection idle, so
// that a request on a warm connection costs no system call here (epoll(7): level-triggered).

#pragma once

#include "base/async.hpp"

#include <curl/curl.h>

#include <functional>
#include <memory>
#include <vector>

namespace nightshift::http {

class SocketWatch {
public:
    // Told of a descriptor that is ready, and for what: CURL_CSELECT_IN, CURL_CSELECT_OUT. It must
    // not destroy the watch.
    using Ready = std::function<void(curl_socket_t fd, int events)>;

    // Throws std::system_error when there is no descriptor left.
    SocketWatch(boost::asio::io_context& io, Ready ready);
    ~SocketWatch();
    SocketWatch(const SocketWatch&) = delete;
    SocketWatch& operator=(const SocketWatch&) = delete;

    // While it is on, the loop has work.
    void turn_on();
    void turn_off();

    // A socket whose closing will be announced: it may stay registered when nobody wants it.
    void opened(curl_socket_t fd);
    void closing(curl_socket_t fd);
    // CURL_CSELECT_* bits; false when the system would not watch it.
    bool want(curl_socket_t fd, int events);
    bool wants_to_read(curl_socket_t fd) const;
    // libcurl may name a socket that it never announced (curl#17949).
    void want_nothing(curl_socket_t fd);

private:
    struct Epoll;
    struct Entry {
        int wanted = 0;      // CURL_CSELECT_*
        int registered = 0;  // the same bits, as the kernel has them
        bool announces_closing = false;
    };

    Entry& entry_of(curl_socket_t fd);
    void drop(curl_socket_t fd);
    void wait();
    void look();

    Ready ready_;
    std::shared_ptr<Epoll> epoll_;
    std::vector<Entry> entries_;  // by descriptor
};

}  // namespace nightshift::http
