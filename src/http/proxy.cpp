#include "http/proxy.hpp"

#include "http/address.hpp"

#include <cctype>
#include <cstdlib>

namespace nightshift::http {
namespace {

const std::string direct;

std::string variable(std::initializer_list<const char*> names) {
    for (const char* name : names) {
        const char* value = std::getenv(name);
        if (value != nullptr && *value != '\0') return value;
    }
    return {};
}

std::string lower(std::string_view text) {
    std::string folded(text);
    for (auto& c : folded) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return folded;
}

// "https://user@Host.:443/x" -> "host".
std::string host_in(std::string_view url) {
    const auto scheme = url.find("://");
    if (scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
    url = url.substr(0, url.find_first_of("/?#"));
    const auto user = url.rfind('@');
    if (user != std::string_view::npos) url.remove_prefix(user + 1);
    if (!url.empty() && url.front() == '[') {
        url = url.substr(0, url.find(']') + 1);
    } else {
        url = url.substr(0, url.find(':'));
    }
    while (!url.empty() && url.back() == '.') url.remove_suffix(1);
    return lower(url);
}

bool is_loopback_host(const std::string& host) {
    if (host == "localhost") return true;
    if (host.size() > 10 && host.ends_with(".localhost")) return true;
    const auto address = address_in(host);
    return address && is_loopback(*address);
}

// "example.com" and ".example.com" both stand for the domain and all below it.
bool matches(const std::string& host, std::string_view entry) {
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

Proxies Proxies::from_environment() {
    const auto all = variable({"all_proxy", "ALL_PROXY"});
    Proxies proxies;
    proxies.https = variable({"https_proxy", "HTTPS_PROXY"});
    proxies.http = variable({"http_proxy"});
    if (proxies.https.empty()) proxies.https = all;
    if (proxies.http.empty()) proxies.http = all;
    proxies.exempt = split(variable({"no_proxy", "NO_PROXY"}));
    return proxies;
}

const std::string& Proxies::proxy_for(std::string_view url) const {
    if (https.empty() && http.empty()) return direct;
    const auto& proxy = lower(url.substr(0, 6)) == "https:" ? https : http;
    if (proxy.empty()) return direct;
    const auto host = host_in(url);
    if (is_loopback_host(host)) return direct;
    for (const auto& entry : exempt) {
        if (matches(host, entry)) return direct;
    }
    return proxy;
}

std::string name_of_proxy(std::string_view proxy) {
    const auto scheme_end = proxy.find("://");
    const auto begin = scheme_end == std::string_view::npos ? 0 : scheme_end + 3;
    const auto end = proxy.find_first_of("/?#", begin);
    auto host = proxy.substr(begin, end == std::string_view::npos ? end : end - begin);
    const auto user = host.rfind('@');
    if (user != std::string_view::npos) host.remove_prefix(user + 1);
    return std::string(proxy.substr(0, begin)) + std::string(host);
}

}  // namespace nightshift::http
