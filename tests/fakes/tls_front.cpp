#include "tests/fakes/tls_front.hpp"

#include <openssl/ssl.h>

#include <algorithm>
#include <arpa/inet.h>
#include <csignal>
#include <netinet/in.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

namespace nightshift::test {
namespace {

sockaddr_in address_of(const std::string& text, std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    inet_pton(AF_INET, text.c_str(), &address.sin_addr);
    return address;
}

bool send_all(int fd, const char* bytes, std::size_t size) {
    while (size > 0) {
        const auto sent = send(fd, bytes, size, MSG_NOSIGNAL);
        if (sent <= 0) return false;
        bytes += sent;
        size -= static_cast<std::size_t>(sent);
    }
    return true;
}

// Hands bytes on in both directions until one side is done.
void pump(SSL* tls, int fd, int inner) {
    char bytes[16384];
    for (;;) {
        pollfd ready[2] = {{fd, POLLIN, 0}, {inner, POLLIN, 0}};
        if (SSL_pending(tls) == 0 && poll(ready, 2, -1) < 0) return;
        if (SSL_pending(tls) > 0 || ready[0].revents != 0) {
            const int got = SSL_read(tls, bytes, sizeof bytes);
            if (got <= 0 || !send_all(inner, bytes, static_cast<std::size_t>(got))) return;
        }
        if (ready[1].revents != 0) {
            const auto got = read(inner, bytes, sizeof bytes);
            if (got <= 0 || SSL_write(tls, bytes, static_cast<int>(got)) <= 0) return;
        }
    }
}

}  // namespace

TlsFront::TlsFront(const Identity& identity, Manner manner) : manner_(std::move(manner)) {
    context_ = SSL_CTX_new(TLS_server_method());
    SSL_CTX_use_certificate(context_, identity.certificate);
    SSL_CTX_use_PrivateKey(context_, identity.key);
    if (manner_.newest_version != 0) {
        SSL_CTX_set_cipher_list(context_, "DEFAULT:@SECLEVEL=0");  // or it would not speak at all
        SSL_CTX_set_min_proto_version(context_, TLS1_VERSION);
        SSL_CTX_set_max_proto_version(context_, manner_.newest_version);
    }
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int yes = 1;
    setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    auto address = address_of(manner_.address, manner_.port);
    socklen_t size = sizeof address;
    if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        listen(listener_, 64) != 0 ||
        getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
        throw std::runtime_error("no port on " + manner_.address);
    }
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept_all(); });
}

TlsFront::~TlsFront() {
    ending_ = true;
    shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    close(listener_);
    {
        const std::lock_guard lock(mutex_);
        for (const int fd : open_) shutdown(fd, SHUT_RDWR);
    }
    for (auto& thread : threads_) thread.join();
    SSL_CTX_free(context_);
}

void TlsFront::accept_all() {
    while (!ending_) {
        const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (fd < 0) continue;
        const std::lock_guard lock(mutex_);
        open_.push_back(fd);
        threads_.emplace_back([this, fd] { serve(fd); });
    }
}

void TlsFront::serve(int fd) {
    ++greeted_;
    sigset_t pipe;  // OpenSSL writes to connections that the client has closed
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
    char first = 0;
    if (manner_.cuts_handshake) {
        static_cast<void>(recv(fd, &first, 1, MSG_PEEK));
    } else {
        SSL* tls = SSL_new(context_);
        SSL_set_fd(tls, fd);
        const int inner = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const auto address = address_of("127.0.0.1", manner_.to);
        if (SSL_accept(tls) == 1) {
            ++handshakes_;
            if (connect(inner, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
                pump(tls, fd, inner);
            }
        }
        close(inner);
        SSL_free(tls);
    }
    const std::lock_guard lock(mutex_);
    open_.erase(std::remove(open_.begin(), open_.end(), fd), open_.end());
    close(fd);
}

}  // namespace nightshift::test
