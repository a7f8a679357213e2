#include "http/curl/curl_library.hpp"

#include <curl/curl.h>

namespace nightshift::http {

Library library() {
    const auto* facts = curl_version_info(CURLVERSION_NOW);
    auto can = [facts](int feature) { return (facts->features & feature) != 0; };
    return {.version = facts->version,
            .number = facts->version_num,
            .tls = facts->ssl_version == nullptr ? "" : facts->ssl_version,
            .http2 = can(CURL_VERSION_HTTP2),
            .async_dns = can(CURL_VERSION_ASYNCHDNS)};
}

}  // namespace nightshift::http
