// Boost.URL does the splitting. Around it: wire links are tolerated as browsers tolerate them
// (raw spaces and other bytes in path and query get encoded), hosts are not (no percent signs, no
// odd characters, numbers become dotted addresses), so that libcurl can read no other host into
// the text than the one judged here.

#include "http/origin.hpp"

#include "http/address.hpp"

#include <arpa/inet.h>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>

namespace nightshift::http {
namespace {

struct Parts {
    std::string scheme, host;  // lower case, the host in its one spelling
    std::string path, query;   // encoded; the query with its "?", or ""
    unsigned port = 0;
    bool user_info = false;

    unsigned default_port() const { return scheme == "https" ? 443 : 80; }
    std::string root() const {
        const auto colon_port = port == default_port() ? "" : ":" + std::to_string(port);
        return scheme + "://" + host + colon_port;
    }
};

constexpr std::string_view hex_digits = "0123456789ABCDEF";

bool is_hex(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool is_alphanumeric(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

std::string lower(std::string_view text) {
    std::string folded(text);
    for (auto& c : folded) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
    }
    return folded;
}

std::string_view trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t\r\n");
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

void append_encoded(std::string& to, char c) {
    const auto byte = static_cast<unsigned char>(c);
    to += '%';
    to += hex_digits[byte >> 4];
    to += hex_digits[byte & 15];
}

// The text with what RFC 3986 does not allow encoded, without fragment. Nothing when it holds
// control characters or a backslash, which parsers read differently.
std::optional<std::string> tidied(std::string_view url) {
    url = trimmed(url);
    url = url.substr(0, url.find('#'));
    const auto authority = url.find("://");
    const auto begin = authority == std::string_view::npos ? 0 : authority + 3;
    const auto path = std::min(url.find_first_of("/?", begin), url.size());
    std::string text;
    for (std::size_t i = 0; i < url.size(); ++i) {
        const char c = url[i];
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7f || c == '\\') return std::nullopt;
        const bool stray =
            c == '%' && !(i + 2 < url.size() && is_hex(url[i + 1]) && is_hex(url[i + 2]));
        const bool bracket = (c == '[' || c == ']') && i >= path;
        const bool illegal = std::string_view(" \"<>^`{|}").find(c) != std::string_view::npos;
        if (byte >= 0x80 || stray || bracket || illegal) {
            append_encoded(text, c);
        } else {
            text += c;
        }
    }
    return text;
}

// 0 for what is no port. (Boost.URL 1.81 wraps numbers above 65535 around.)
unsigned port_in(std::string_view digits) {
    unsigned port = 0;
    for (const char c : digits) {
        if (c < '0' || c > '9') return 0;
        port = port * 10 + static_cast<unsigned>(c - '0');
        if (port > 65535) return 0;
    }
    return port;
}

// One spelling for each host; nothing for what is none.
std::optional<std::string> canonical_host(std::string_view encoded) {
    auto host = lower(encoded);
    while (!host.empty() && host.back() == '.') host.pop_back();
    const bool literal = !host.empty() && host.front() == '[';
    if (const auto address = address_in(host)) {
        std::array<char, INET6_ADDRSTRLEN> text{};
        if (literal) {
            inet_ntop(AF_INET6, &*address, text.data(), text.size());
            return "[" + std::string(text.data()) + "]";
        }
        inet_ntop(AF_INET, &address->s6_addr[12], text.data(), text.size());
        return std::string(text.data());
    }
    const bool plain = std::all_of(host.begin(), host.end(), [](char c) {
        return is_alphanumeric(c) || c == '-' || c == '.' || c == '_';
    });
    if (host.empty() || literal || !plain || host.find("..") != std::string::npos) {
        return std::nullopt;
    }
    return host;
}

std::optional<Parts> parts_of(std::string_view url) {
    const auto text = tidied(url);
    if (!text) return std::nullopt;
    const auto parsed = boost::urls::parse_uri(*text);
    if (!parsed || !parsed->has_authority()) return std::nullopt;
    const auto view = *parsed;
    Parts parts;
    parts.scheme = lower(view.scheme());
    if (parts.scheme != "http" && parts.scheme != "https") return std::nullopt;
    const auto encoded = view.encoded_host();
    const auto host = canonical_host({encoded.data(), encoded.size()});
    if (!host) return std::nullopt;
    parts.host = *host;
    const auto port = view.port();
    parts.port = port.empty() ? parts.default_port() : port_in({port.data(), port.size()});
    if (parts.port == 0) return std::nullopt;
    parts.user_info = view.has_userinfo();
    const auto path = view.encoded_path();
    parts.path = path.empty() ? "/" : std::string(path.data(), path.size());
    const auto query = view.encoded_query();
    if (view.has_query()) parts.query = "?" + std::string(query.data(), query.size());
    return parts;
}

bool is_loopback_host(std::string_view host) {
    const auto address = address_in(host);
    if (address) return is_loopback(*address);
    return host == "localhost" || host.ends_with(".localhost");
}

Failure refusal(std::string code, std::string cause) {
    return Failure{.kind = Kind::unsafe_url,
                   .code = std::move(code),
                   .message = "fetch result: " + std::move(cause)};
}

Failure bad_base(std::string cause) {
    return Failure{.kind = Kind::misconfigured,
                   .code = "base_url",
                   .message = "base URL: " + std::move(cause)};
}

}  // namespace

Result<Origin> Origin::parse(std::string_view base_url) {
    const auto text = trimmed(base_url);
    if (text.find("://") == std::string_view::npos) {
        return bad_base("it has no scheme; write it as https://HOST");
    }
    if (text.find('#') != std::string_view::npos) return bad_base("remove the part from '#' on");
    const auto parts = parts_of(text);
    if (!parts) return bad_base("not a valid http(s) address; write it as https://HOST");
    if (parts->user_info) return bad_base("remove the user name and password before '@'");
    if (!parts->query.empty()) return bad_base("remove the part from '?' on");
    Origin origin;
    origin.scheme_ = parts->scheme;
    origin.host_ = parts->host;
    origin.port_ = parts->port;
    origin.loopback_ = is_loopback_host(parts->host);
    if (origin.scheme_ == "http" && !origin.loopback_) {
        return bad_base("plain http would show the key to the network; use https://" + parts->host);
    }
    auto path = parts->path;
    while (path.ends_with('/')) path.pop_back();
    if (path.ends_with("/v1")) path.resize(path.size() - 3);
    while (path.ends_with('/')) path.pop_back();
    origin.base_ = parts->root() + path;
    return origin;
}

bool Origin::same_origin(std::string_view url) const {
    const auto parts = parts_of(url);
    return parts && !parts->user_info && parts->scheme == scheme_ && parts->host == host_ &&
           parts->port == port_;
}

std::string Origin::identity() const {
    return scheme_ + "://" + host_ + ":" + std::to_string(port_);
}

Result<SafeLink> judge_link(const Origin& gateway, std::string_view url) {
    const auto text = trimmed(url);
    std::string absolute(text);
    if (text.starts_with("//")) {
        absolute = gateway.base().substr(0, gateway.base().find(':') + 1) + absolute;
    } else if (text.starts_with('/')) {
        absolute = gateway.identity() + absolute;
    }
    const auto parts = parts_of(absolute);
    // The gateway may put failure text where the link belongs (faults.md finding 3).
    if (!parts) return refusal("not_a_link", "what the gateway gave is not an http(s) link");
    if (parts->user_info) return refusal("user_info", "the link carries a user name");
    SafeLink link{.url = parts->root() + parts->path + parts->query};
    link.with_key = gateway.same_origin(link.url);
    const bool own_machine = gateway.is_loopback() && is_loopback_host(parts->host);
    if (link.with_key || own_machine) {
        link.public_only = false;
        return link;
    }
    if (is_private_host(parts->host)) {
        return refusal("private_host",
                       "the link points at a host that is not public (" + parts->host + ")");
    }
    if (parts->scheme != "https") return refusal("plain_http", "the link is not https");
    return link;
}

bool is_private_host(std::string_view host) {
    if (const auto address = address_in(host)) return !is_public(*address);
    auto name = lower(host);
    while (!name.empty() && name.back() == '.') name.pop_back();
    const auto dot = name.rfind('.');
    if (dot == std::string::npos) return true;  // "localhost", "metadata": no public name
    // A last label of digits is an address that did not parse: 1.2.3.256, 10.0.0.0.1.
    const auto top = std::string_view(name).substr(dot + 1);
    if (std::all_of(top.begin(), top.end(), [](char c) { return c >= '0' && c <= '9'; })) {
        return true;
    }
    // RFC 6761, RFC 6762, RFC 8375, and what clouds and routers use inside.
    constexpr std::array<std::string_view, 7> inside = {
        "localhost", "local", "internal", "localdomain", "lan", "intranet", "arpa"};
    return std::find(inside.begin(), inside.end(), top) != inside.end();
}

std::string problem_of_media_url(std::string_view url, bool loopback_allowed) {
    const auto text = trimmed(url);
    if (text.empty()) return "is empty";
    const auto scheme = lower(text.substr(0, text.find(':')));
    if (scheme == "data") return "is a data: URL";
    if (text.find("://") == std::string_view::npos) return "is no link";
    if (scheme != "http" && scheme != "https") return "is no http(s) link";
    const auto parts = parts_of(text);
    if (!parts) return "is no valid http(s) link";
    if (parts->user_info) return "carries a user name or password";
    if (loopback_allowed && is_loopback_host(parts->host)) return {};
    if (is_private_host(parts->host)) {
        return "leads to '" + parts->host + "', which is not public";
    }
    return {};
}

std::string encode_segment(std::string_view text) {
    if (text == "." || text == "..") return text == "." ? "%2E" : "%2E%2E";
    std::string encoded;
    for (const char c : text) {
        if (is_alphanumeric(c) || c == '-' || c == '.' || c == '_' || c == '~') {
            encoded += c;
        } else {
            append_encoded(encoded, c);
        }
    }
    return encoded;
}

}  // namespace nightshift::http
