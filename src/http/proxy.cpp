#include "http/proxy.hpp"

#include "http/origin.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>

namespace nightshift::http {
namespace {

constexpr std::array<std::string_view, 6> schemes = {"http",    "https",  "socks4",
                                                     "socks4a", "socks5", "socks5h"};

std::string lower(std::string_view text) {
    std::string folded(text);
    for (auto& c : folded) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return folded;
}

struct Setting {
    std::string variable, text;
};

// The first that is set.
Setting setting_of(std::initializer_list<const char*> names) {
    for (const char* name : names) {
        const char* value = std::getenv(name);
        if (value != nullptr && *value != '\0') return {name, value};
    }
    return {};
}

// Nothing for bytes that a user's name or password would not hold as they are: they may be the
// beginning of something else.
std::optional<std::string> decoded(std::string_view text) {
    auto digit = [](char c) {
        const auto at = std::string_view("0123456789abcdef")
                            .find(static_cast<char>(std::tolower(static_cast<unsigned char>(c))));
        return at == std::string_view::npos ? -1 : static_cast<int>(at);
    };
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if (byte <= 0x20 || byte == 0x7f) return std::nullopt;
        const bool escape = text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 &&
                            digit(text[i + 2]) >= 0;
        if (escape) {
            const int value = digit(text[i + 1]) * 16 + digit(text[i + 2]);
            if (value == 0) return std::nullopt;
            plain += static_cast<char>(value);
            i += 2;
        } else {
            plain += text[i];
        }
    }
    return plain;
}

// "example.com" and ".example.com" both stand for the domain and all below it.
bool matches(std::string_view host, std::string_view entry) {
    if (entry == "*") return true;
    if (!entry.empty() && entry.front() == '.') entry.remove_prefix(1);
    if (entry.empty()) return false;
    if (host == entry) return true;
    return host.size() > entry.size() && host.ends_with(entry) &&
           host[host.size() - entry.size() - 1] == '.';
}

std::vector<std::string> split(std::string_view text) {
    std::vector<std::string> words;
    while (!text.empty()) {
        const auto end = text.find_first_of(", \t");
        const auto word = text.substr(0, end);
        if (!word.empty()) words.push_back(lower(word));
        if (end == std::string_view::npos) break;
        text.remove_prefix(end + 1);
    }
    return words;
}

}  // namespace

Proxy Proxy::parse(const std::string& variable, std::string_view text) {
    if (text.empty()) return {};
    Proxy broken;
    broken.address = "in " + variable;
    broken.problem =
        "it cannot be read; write it as http://USER:PASSWORD@HOST:PORT (or socks5h://...), with "
        "%40, %3A, %2F and %20 for '@', ':', '/' and spaces of the password";
    const auto scheme_end = text.find("://");
    const bool has_scheme = scheme_end != std::string_view::npos;
    const auto scheme = has_scheme ? lower(text.substr(0, scheme_end)) : "http";
    if (std::find(schemes.begin(), schemes.end(), scheme) == schemes.end()) return broken;
    if (has_scheme) text.remove_prefix(scheme_end + 3);
    if (text.ends_with('/')) text.remove_suffix(1);
    if (text.find_first_of("/?#\\") != std::string_view::npos) return broken;
    const auto at = text.rfind('@');
    const bool has_user = at != std::string_view::npos;
    const auto where = host_and_port_in(has_user ? text.substr(at + 1) : text);
    if (!where) return broken;
    Proxy proxy;
    if (has_user) {
        const auto user_info = text.substr(0, at);
        const auto colon = std::min(user_info.find(':'), user_info.size());
        const auto user = decoded(user_info.substr(0, colon));
        const auto password = decoded(user_info.substr(std::min(colon + 1, user_info.size())));
        if (!user || !password) return broken;
        proxy.user = *user;
        proxy.password = *password;
    }
    proxy.address = scheme + "://" + where->host;
    if (where->port) proxy.address += ":" + std::to_string(*where->port);
    return proxy;
}

Proxies Proxies::from_environment() {
    const auto all = setting_of({"all_proxy", "ALL_PROXY"});
    auto https = setting_of({"https_proxy", "HTTPS_PROXY"});
    auto http = setting_of({"http_proxy"});
    if (https.text.empty()) https = all;
    if (http.text.empty()) http = all;
    Proxies proxies;
    proxies.https = Proxy::parse(https.variable, https.text);
    proxies.http = Proxy::parse(http.variable, http.text);
    proxies.exempt = split(setting_of({"no_proxy", "NO_PROXY"}).text);
    return proxies;
}

const Proxy* Proxies::proxy_for(const Url& url) const {
    const auto& proxy = url.is_tls() ? https : http;
    if (proxy.address.empty() || is_loopback_host(url.host())) return nullptr;
    const bool direct = std::any_of(exempt.begin(), exempt.end(),
                                    [&](const auto& entry) { return matches(url.host(), entry); });
    return direct ? nullptr : &proxy;
}

}  // namespace nightshift::http
