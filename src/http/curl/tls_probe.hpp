// What a TLS server shows of itself in a handshake. Not a byte of HTTP is sent.

#pragma once

#include "base/clock.hpp"
#include "http/proxy.hpp"
#include "http/url.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace nightshift::http {

struct TlsLook {
    std::string version;                     // "TLSv1.3"; empty: no handshake came about
    std::optional<std::int64_t> expires_at;  // Unix seconds, of the server's certificate
};

struct TlsTarget {
    Url url;                       // https
    const Proxy* proxy = nullptr;  // none
    std::string ca_file = {};      // empty: as http/trust.hpp says
    Duration timeout = std::chrono::seconds(15);
};

// Blocking. Empty when the server is not reached, its certificate is not trusted, or libcurl uses
// another TLS library than OpenSSL.
TlsLook look_at_tls(const TlsTarget& target);

}  // namespace nightshift::http
