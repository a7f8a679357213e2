#include "http/curl/tls_read_ahead.hpp"

#include <openssl/ssl.h>

#include <string_view>

namespace nightshift::http {
namespace {

bool speaks_http2(const SSL* ssl) {
    const unsigned char* name = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(ssl, &name, &size);
    return std::string_view(reinterpret_cast<const char*>(name), size) == "h2";
}

// One whose last read asked the socket for more has nothing but the beginning of a record, if
// anything: the socket will tell when the rest is there.
bool holds_bytes(const SSL* ssl) {
    return SSL_want(ssl) != SSL_READING && SSL_has_pending(ssl) == 1;
}

}  // namespace

// libcurl frees a connection before it closes the socket; OpenSSL says so to what is attached.
struct ReadAhead::Connection {
    Connection(curl_socket_t the_fd, SSL* the_ssl) : fd(the_fd), ssl(the_ssl) {
        SSL_set_ex_data(ssl, slot(), this);
    }
    ~Connection() {
        if (ssl != nullptr) SSL_set_ex_data(ssl, slot(), nullptr);
    }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    static int slot() {
        static const int slot = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, &freed);
        return slot;
    }
    static void freed(void*, void* attached, CRYPTO_EX_DATA*, int, long, void*) {
        if (attached != nullptr) static_cast<Connection*>(attached)->ssl = nullptr;
    }

    curl_socket_t fd;
    SSL* ssl;  // null once it is freed
};

ReadAhead::ReadAhead() = default;
ReadAhead::~ReadAhead() = default;

void ReadAhead::begin(curl_socket_t fd, CURL* easy) {
    curl_tlssessioninfo* session = nullptr;
    if (curl_easy_getinfo(easy, CURLINFO_TLS_SSL_PTR, &session) != CURLE_OK) return;
    if (session == nullptr || session->backend != CURLSSLBACKEND_OPENSSL) return;
    auto* ssl = static_cast<SSL*>(session->internals);
    if (ssl != nullptr && speaks_http2(ssl)) begin(fd, ssl);
}

void ReadAhead::begin(curl_socket_t fd, SSL* ssl) {
    end(fd);
    connections_.push_back(std::make_unique<Connection>(fd, ssl));
    SSL_set_read_ahead(ssl, 1);
}

void ReadAhead::end(curl_socket_t fd) {
    std::erase_if(connections_, [fd](const auto& each) { return each->fd == fd; });
}

std::vector<curl_socket_t> ReadAhead::ready() const {
    std::vector<curl_socket_t> fds;
    for (const auto& each : connections_) {
        if (each->ssl != nullptr && holds_bytes(each->ssl)) fds.push_back(each->fd);
    }
    return fds;
}

}  // namespace nightshift::http
