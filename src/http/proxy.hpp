// Which proxy a URL goes through, by the environment as libcurl reads it (https_proxy,
// HTTPS_PROXY, http_proxy, ALL_PROXY, NO_PROXY), except that loopback never does. Decided here and
// handed to libcurl, because whether a proxy dials decides whether resolved addresses are judged.

#pragma once

#include "http/url.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace nightshift::http {

// A proxy's address, read as strictly as a URL; libcurl never sees the text that was given, so no
// message of its can show the password.
struct Proxy {
    std::string address;         // scheme, host and port: fit to be shown; empty: there is none
    std::string user, password;  // decoded; empty: it wants none
    std::string problem;         // it cannot be used, and what to do; never the password

    // `variable` names where `text` comes from. An empty text is no proxy.
    static Proxy parse(const std::string& variable, std::string_view text);
};

class Proxies {
public:
    // Upper-case HTTP_PROXY is not read: a CGI server would let a client set it.
    static Proxies from_environment();

    Proxy https, http;
    std::vector<std::string> exempt;  // NO_PROXY: hosts, domain suffixes, "*"

    // nullptr when the host is reached directly. What it points to is part of this.
    const Proxy* proxy_for(const Url& url) const;
};

}  // namespace nightshift::http
