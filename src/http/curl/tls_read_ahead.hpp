// TLS connections whose answers are read in few system calls: OpenSSL takes what has arrived, up to
// 16 KiB at once, where it would otherwise ask twice for each record. For HTTP/2, whose many small
// answers come on one connection.
//
// What OpenSSL holds makes no socket ready, and libcurl 7.88 asks it only for the rest of the
// record under way (https://docs.openssl.org/3.0/man3/SSL_pending/). So whoever drives libcurl must
// have it read on as long as a connection is `ready`, as it would with a socket that stays ready.

#pragma once

#include <curl/curl.h>
#include <openssl/types.h>

#include <memory>
#include <vector>

namespace nightshift::http {

class ReadAhead {
public:
    ReadAhead();
    ~ReadAhead();
    ReadAhead(const ReadAhead&) = delete;
    ReadAhead& operator=(const ReadAhead&) = delete;

    // The connection on which `easy` is about to send; nullptr when it has no TLS, another protocol
    // than HTTP/2, or libcurl another library than OpenSSL.
    static SSL* http2_of(CURL* easy);
    // The connection behind `fd`, which is used for the first time. It stays its owner's, who may
    // free it at any time.
    void begin(curl_socket_t fd, SSL* ssl);
    // The socket is closed.
    void end(curl_socket_t fd);

    // The server has sent data, not only its part of the handshake. True for what never began.
    bool has_heard(curl_socket_t fd) const;
    // Sockets whose connections hold bytes that arrived and that nobody has asked for since.
    std::vector<curl_socket_t> ready() const;

private:
    struct Connection;
    std::vector<std::unique_ptr<Connection>> connections_;  // few: those of HTTP/2
};

}  // namespace nightshift::http
