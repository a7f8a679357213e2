#include "http/curl/tls_read_ahead.hpp"

#include <openssl/ssl.h>

#include <algorithm>
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
        SSL_set_msg_callback(ssl, &on_record);
        SSL_set_msg_callback_arg(ssl, this);
    }
    ~Connection() {
        if (ssl == nullptr) return;
        SSL_set_ex_data(ssl, slot(), nullptr);
        SSL_set_msg_callback(ssl, nullptr);
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

    // Tickets for later sessions come in records, too: in TLS 1.3 only the type inside tells.
    static void on_record(int written, int, int what, const void* bytes, std::size_t size,
                          SSL* ssl, void* self) {
        const bool has_inner_type = SSL_version(ssl) >= TLS1_3_VERSION;
        const int tells = has_inner_type ? SSL3_RT_INNER_CONTENT_TYPE : SSL3_RT_HEADER;
        if (written != 0 || what != tells || size == 0) return;
        if (*static_cast<const unsigned char*>(bytes) != SSL3_RT_APPLICATION_DATA) return;
        static_cast<Connection*>(self)->has_heard = true;
        SSL_set_msg_callback(ssl, nullptr);
    }

    curl_socket_t fd;
    SSL* ssl;  // null once it is freed
    bool has_heard = false;
};

ReadAhead::ReadAhead() = default;
ReadAhead::~ReadAhead() = default;

SSL* ReadAhead::http2_of(CURL* easy) {
    curl_tlssessioninfo* session = nullptr;
    if (curl_easy_getinfo(easy, CURLINFO_TLS_SSL_PTR, &session) != CURLE_OK) return nullptr;
    if (session == nullptr || session->backend != CURLSSLBACKEND_OPENSSL) return nullptr;
    auto* ssl = static_cast<SSL*>(session->internals);
    return ssl != nullptr && speaks_http2(ssl) ? ssl : nullptr;
}

void ReadAhead::begin(curl_socket_t fd, SSL* ssl) {
    end(fd);
    connections_.push_back(std::make_unique<Connection>(fd, ssl));
    SSL_set_read_ahead(ssl, 1);
}

void ReadAhead::end(curl_socket_t fd) {
    std::erase_if(connections_, [fd](const auto& each) { return each->fd == fd; });
}

bool ReadAhead::has_heard(curl_socket_t fd) const {
    const auto at = std::find_if(connections_.begin(), connections_.end(),
                                 [fd](const auto& each) { return each->fd == fd; });
    return at == connections_.end() || (*at)->has_heard;
}

std::vector<curl_socket_t> ReadAhead::ready() const {
    std::vector<curl_socket_t> fds;
    for (const auto& each : connections_) {
        if (each->ssl != nullptr && holds_bytes(each->ssl)) fds.push_back(each->fd);
    }
    return fds;
}

}  // namespace nightshift::http
