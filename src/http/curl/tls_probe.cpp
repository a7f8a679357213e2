#include "http/curl/tls_probe.hpp"

#include "http/trust.hpp"

#include <curl/curl.h>
#include <openssl/ssl.h>

#include <chrono>
#include <ctime>
#include <memory>

namespace nightshift::http {
namespace {

int slot_of_look() {
    static const int slot = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return slot;
}

std::optional<std::int64_t> end_of(const X509* certificate) {
    std::tm time{};
    const bool read =
        certificate != nullptr && ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &time) == 1;
    return read ? std::optional<std::int64_t>(timegm(&time)) : std::nullopt;
}

// Called by OpenSSL at each step of a handshake.
void on_step(const SSL* ssl, int where, int) {
    if ((where & SSL_CB_HANDSHAKE_DONE) == 0) return;
    auto* look = static_cast<TlsLook*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), slot_of_look()));
    look->version = SSL_get_version(ssl);
    look->expires_at = end_of(SSL_get0_peer_certificate(ssl));
}

CURLcode on_context(CURL*, void* context, void* look) {
    auto* ours = static_cast<SSL_CTX*>(context);
    SSL_CTX_set_ex_data(ours, slot_of_look(), look);
    SSL_CTX_set_info_callback(ours, on_step);
    return CURLE_OK;
}

}  // namespace

TlsLook look_at_tls(const TlsTarget& target) {
    TlsLook look;
    const std::unique_ptr<CURL, void (*)(CURL*)> handle(curl_easy_init(), curl_easy_cleanup);
    if (handle == nullptr) return look;
    auto* easy = handle.get();
    const auto timeout = std::chrono::ceil<std::chrono::milliseconds>(target.timeout);
    curl_easy_setopt(easy, CURLOPT_URL, target.url.text().c_str());
    const auto* proxy = target.proxy;
    curl_easy_setopt(easy, CURLOPT_PROXY, proxy == nullptr ? "" : proxy->address.c_str());
    if (proxy != nullptr && !(proxy->user.empty() && proxy->password.empty())) {
        curl_easy_setopt(easy, CURLOPT_PROXYUSERNAME, proxy->user.c_str());
        curl_easy_setopt(easy, CURLOPT_PROXYPASSWORD, proxy->password.c_str());
    }
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "https");
    curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(timeout.count()));
    auto trust = trust_from_environment();
    if (!target.ca_file.empty()) trust = {.ca_file = target.ca_file, .ca_folder = {}};
    if (!trust.ca_file.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, trust.ca_file.c_str());
    if (!trust.ca_folder.empty()) curl_easy_setopt(easy, CURLOPT_CAPATH, trust.ca_folder.c_str());
    if (curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, on_context) != CURLE_OK) return look;
    curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, &look);
    const bool connected = curl_easy_perform(easy) == CURLE_OK;
    return connected ? look : TlsLook{};
}

}  // namespace nightshift::http
