#include "http/curl/tls_read_ahead.hpp"

#include <doctest/doctest.h>
#include <openssl/ssl.h>

#include <memory>

using namespace nightshift;

namespace {

using Context = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;
using Ssl = std::unique_ptr<SSL, decltype(&SSL_free)>;

}  // namespace

TEST_CASE("a connection may be freed before its socket is closed, or after") {
    const Context context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
    http::ReadAhead ahead;
    for (const bool freed_first : {true, false}) {
        Ssl ssl(SSL_new(context.get()), SSL_free);
        ahead.begin(7, ssl.get());
        CHECK(SSL_get_read_ahead(ssl.get()) == 1);
        if (freed_first) ssl.reset();
        CHECK(ahead.ready().empty());
        ahead.end(7);
    }
    CHECK(ahead.ready().empty());
}

TEST_CASE("a connection outlives who watches it") {
    const Context context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
    const Ssl ssl(SSL_new(context.get()), SSL_free);
    {
        http::ReadAhead ahead;
        ahead.begin(7, ssl.get());
    }
    CHECK(SSL_get_read_ahead(ssl.get()) == 1);
}
