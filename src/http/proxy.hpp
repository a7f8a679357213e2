// Which proxy a URL goes through, by the environment as libcurl reads it (https_proxy,
// HTTPS_PROXY, http_proxy, ALL_PROXY, NO_PROXY), except that loopback never does. Decided here and
// handed to libcurl, because whether a proxy dials decides whether resolved addresses are judged.

#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace nightshift::http {

class Proxies {
public:
    // Upper-case HTTP_PROXY is not read: a CGI server would let a client set it.
    static Proxies from_environment();

    std::string https, http;
    std::vector<std::string> exempt;  // NO_PROXY: hosts, domain suffixes, "*"

    // "" when the host is reached directly. `url` is absolute http or https.
    const std::string& proxy_for(std::string_view url) const;
};

// Scheme, host and port of a proxy: fit to be shown, for its user and password are left out.
std::string name_of_proxy(std::string_view proxy);

}  // namespace nightshift::http
