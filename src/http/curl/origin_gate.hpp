// Which transfers to a TLS origin may start, so that few connections are opened where the server
// speaks HTTP/2. libcurl 7.88 puts a transfer on a connection only when its handshake is over: 500
// that start at once would open 400 connections beside the first (`ConnectionExists` in
// lib/url.c), and it would count 100 streams on each before the server has said how many it takes
// (RFC 9113, 6.5.2). So they start one after another, each when the last one has been sent:
//
//   origin            starts at once                         until
//   unknown           one, as the probe                      its handshake shows the protocol
//   speaks HTTP/1.1   all                                    -
//   speaks HTTP/2     one; while connections are made, as    each is sent; none while a server is
//                     many as the waiting ones need, and     silent on a new connection
//                     one for each stream that ends
//
// A start that fails, and a while without any progress, double the number of starts at once, so
// that one handshake that hangs holds nothing back for long. Knows nothing of libcurl's handles.

#pragma once

#include <curl/curl.h>

#include <cstddef>
#include <deque>
#include <map>
#include <string>
#include <vector>

namespace nightshift::http {

class OriginGate {
public:
    struct Origin;
    enum class Stage { outside, waiting, starting, under_way };
    // One transfer's. Stays in place from enter() to leave(); the gate's alone.
    struct Ticket {
        Origin* origin = nullptr;
        Stage stage = Stage::outside;
        curl_socket_t unheard = CURL_SOCKET_BAD;  // its new connection, silent so far
    };

    OriginGate();
    ~OriginGate();
    OriginGate(const OriginGate&) = delete;
    OriginGate& operator=(const OriginGate&) = delete;

    // `origin`: "https://host:port". True: it may start at once. False: next() will name it.
    bool enter(const std::string& origin, Ticket& ticket);
    // One that may start now, and does; nullptr: none. To be called again after what it starts has
    // had its first step.
    Ticket* next();
    // Its request is about to be sent. `is_new`: on a connection made for it, behind the socket
    // `made` (CURL_SOCKET_BAD where that is not known).
    void sends(Ticket& ticket, bool is_new, curl_socket_t made, bool speaks_http2);
    // The new connections whose server has said nothing so far, and one that did.
    const std::vector<Ticket*>& unheard() const { return unheard_; }
    void heard(Ticket& ticket);
    // It has ended, or is given up. Does nothing for one that never entered.
    void leave(Ticket& ticket, bool failed);
    void closed(curl_socket_t fd);

    bool has_waiting() const { return waiting_ > 0; }
    // To be called from time to time while some wait: where nothing moved since the last call, more
    // may start.
    void hurry();

private:
    static void settle(Ticket& ticket);
    void forget_silence(Ticket& ticket);

    std::map<std::string, Origin> origins_;
    std::size_t waiting_ = 0;        // in all origins
    std::vector<Ticket*> unheard_;  // few
};

}  // namespace nightshift::http
