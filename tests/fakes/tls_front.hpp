// TLS in front of a plain server on loopback: what comes in is decrypted and handed on, as
// load balancers do it. Or does not even get through its handshake.

#pragma once

#include "tests/fakes/tls_identity.hpp"

#include <openssl/types.h>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace nightshift::test {

class TlsFront {
public:
    struct Manner {
        std::uint16_t to = 0;               // the plain server's port
        std::string address = "127.0.0.1";  // listens here
        std::uint16_t port = 0;             // 0: a free one
        int newest_version = 0;             // TLS1_1_VERSION: nothing newer
        bool cuts_handshake = false;        // goes away once it was greeted
    };
    TlsFront(const Identity& identity, Manner manner);
    ~TlsFront();
    TlsFront(const TlsFront&) = delete;
    TlsFront& operator=(const TlsFront&) = delete;

    std::uint16_t port() const { return port_; }
    int handshakes() const { return handshakes_; }  // that were completed
    int greeted() const { return greeted_; }        // connections taken

private:
    void accept_all();
    void serve(int fd);

    Manner manner_;
    SSL_CTX* context_ = nullptr;
    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::atomic<int> handshakes_{0}, greeted_{0};
    std::atomic<bool> ending_{false};
    std::mutex mutex_;
    std::vector<int> open_;
    std::vector<std::thread> threads_;
    std::thread acceptor_;
};

}  // namespace nightshift::test
