#include "http/url.hpp"

#include "http/address.hpp"

#include <arpa/inet.h>
#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <memory>
#include <new>

namespace nightshift::http {
namespace {

constexpr std::size_t url_bytes = 64 * 1024;  // signed links have 1 to 4 KiB
constexpr std::size_t host_bytes = 253;       // of a DNS name
constexpr std::string_view hex_digits = "0123456789ABCDEF";

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_hex(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_control(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
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

// Path and query as RFC 3986 allows them: wire links are tolerated as browsers tolerate them.
std::string encoded(std::string_view path) {
    std::string text;
    text.reserve(path.size());
    for (std::size_t i = 0; i < path.size(); ++i) {
        const char c = path[i];
        const bool stray =
            c == '%' && !(i + 2 < path.size() && is_hex(path[i + 1]) && is_hex(path[i + 2]));
        const bool illegal = std::string_view(" \"<>[]^`{|}").find(c) != std::string_view::npos;
        if (static_cast<unsigned char>(c) >= 0x80 || stray || illegal) {
            append_encoded(text, c);
        } else {
            text += c;
        }
    }
    return text;
}

Failure refusal(const char* code, const char* message) {
    return {.kind = Kind::unsafe_url, .code = code, .message = message};
}

Failure not_a_link() {
    return refusal("not_a_link", "not a valid http(s) link");
}

// The text without fragment; nothing when it holds what parsers read differently.
std::optional<std::string_view> readable(std::string_view text) {
    text = trimmed(text);
    text = text.substr(0, text.find('#'));
    const bool odd =
        std::any_of(text.begin(), text.end(), [](char c) { return is_control(c) || c == '\\'; });
    if (odd || text.empty() || text.size() > url_bytes) return std::nullopt;
    return text;
}

// Nothing for what is no port. "0443" is 443, as libcurl reads it.
std::optional<unsigned> port_in(std::string_view digits) {
    unsigned port = 0;
    for (const char c : digits) {
        if (!is_digit(c)) return std::nullopt;
        port = port * 10 + static_cast<unsigned>(c - '0');
        if (port > 65535) return std::nullopt;
    }
    if (port == 0) return std::nullopt;
    return port;
}

// "1.2.3.4.example.com"
bool begins_with_address(std::string_view host) {
    std::size_t at = 0;
    for (int label = 0; label < 4; ++label) {
        const auto begin = at;
        while (at < host.size() && is_digit(host[at])) ++at;
        if (at == begin || at - begin > 3) return false;
        if (at == host.size() || host[at] != '.') return false;
        ++at;
    }
    return at < host.size();
}

// One spelling for each host; nothing for what is none.
std::optional<std::string> canonical_host(std::string_view text) {
    auto host = lower(text);
    const bool literal = host.starts_with('[');
    if (!literal && host.ends_with('.')) host.pop_back();
    const bool whole = host.find('%') == std::string::npos &&              // no zone
                       (!literal || host.find(':') != std::string::npos);  // no "[1.2.3.4]"
    const auto address = whole ? address_in(host) : std::nullopt;
    if (address) {
        std::array<char, INET6_ADDRSTRLEN> spelled{};
        if (literal) {
            inet_ntop(AF_INET6, &*address, spelled.data(), spelled.size());
            return "[" + std::string(spelled.data()) + "]";
        }
        inet_ntop(AF_INET, &address->s6_addr[12], spelled.data(), spelled.size());
        return std::string(spelled.data());
    }
    const bool plain = std::all_of(host.begin(), host.end(), [](char c) {
        return is_letter(c) || is_digit(c) || c == '-' || c == '.' || c == '_';
    });
    const bool empty_label =
        host.starts_with('.') || host.ends_with('.') || host.find("..") != std::string::npos;
    if (host.empty() || host.size() > host_bytes || !plain || empty_label) return std::nullopt;
    if (begins_with_address(host)) return std::nullopt;
    return host;
}

using Handle = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

// nullptr for what libcurl cannot read.
Handle handle_of(const std::string& text) {
    Handle handle(curl_url(), &curl_url_cleanup);
    if (handle == nullptr) throw std::bad_alloc();
    const auto code = curl_url_set(handle.get(), CURLUPART_URL, text.c_str(),
                                   CURLU_PATH_AS_IS | CURLU_DISALLOW_USER);
    if (code == CURLUE_OUT_OF_MEMORY) throw std::bad_alloc();
    if (code != CURLUE_OK) handle.reset();
    return handle;
}

std::optional<std::string> part_of(const Handle& handle, CURLUPart part, unsigned flags = 0) {
    char* text = nullptr;
    const auto code = curl_url_get(handle.get(), part, &text, flags);
    if (code == CURLUE_OUT_OF_MEMORY) throw std::bad_alloc();
    if (code != CURLUE_OK || text == nullptr) return std::nullopt;
    const std::unique_ptr<char, decltype(&curl_free)> owner(text, &curl_free);
    return std::string(text);
}

// Whether libcurl, too, reads this scheme, host and port in the text, and these bytes behind them.
bool dials(const std::string& text, std::string_view scheme, std::string_view host, unsigned port,
           std::string_view path) {
    const auto handle = handle_of(text);
    if (handle == nullptr) return false;
    const auto query = part_of(handle, CURLUPART_QUERY);
    auto behind = part_of(handle, CURLUPART_PATH).value_or("");
    if (query || text.ends_with('?')) behind += "?" + query.value_or("");
    return part_of(handle, CURLUPART_SCHEME) == scheme && part_of(handle, CURLUPART_HOST) == host &&
           part_of(handle, CURLUPART_PORT, CURLU_DEFAULT_PORT) == std::to_string(port) &&
           behind == path && !part_of(handle, CURLUPART_USER) &&
           !part_of(handle, CURLUPART_FRAGMENT);
}

// "mailto:", "https:" and so on at the beginning of a reference.
std::size_t scheme_size_in(std::string_view reference) {
    const auto colon = reference.find_first_of(":/?");
    if (colon == std::string_view::npos || reference[colon] != ':') return 0;
    const auto name = reference.substr(0, colon);
    const bool scheme = !name.empty() && is_letter(name.front()) &&
                        std::all_of(name.begin(), name.end(), [](char c) {
                            return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
                        });
    return scheme ? colon : 0;
}

}  // namespace

std::optional<HostAndPort> host_and_port_in(std::string_view text) {
    const auto bracket = text.starts_with('[') ? text.find(']') : std::string_view::npos;
    const auto colon = text.find(':', bracket == std::string_view::npos ? 0 : bracket);
    const auto name = text.substr(0, colon);
    if (text.starts_with('[') && !name.ends_with(']')) return std::nullopt;
    auto host = canonical_host(name);
    if (!host) return std::nullopt;
    HostAndPort found{std::move(*host), std::nullopt};
    if (colon == std::string_view::npos || colon + 1 == text.size()) return found;
    found.port = port_in(text.substr(colon + 1));
    if (!found.port) return std::nullopt;
    return found;
}

Result<Url> Url::parse(std::string_view text) {
    const auto given = readable(text);
    if (!given) return not_a_link();
    const auto scheme = lower(given->substr(0, given->find(':')));
    if (scheme != "http" && scheme != "https") return not_a_link();
    auto rest = given->substr(scheme.size());
    if (!rest.starts_with("://")) return not_a_link();
    rest.remove_prefix(3);
    const auto authority = rest.substr(0, rest.find_first_of("/?"));
    if (authority.find('@') != std::string_view::npos) {
        return refusal("user_info", "the link carries a user name");
    }
    const auto where = host_and_port_in(authority);
    if (!where) return not_a_link();
    const unsigned default_port = scheme == "https" ? 443 : 80;
    auto path = encoded(rest.substr(authority.size()));
    if (!path.starts_with('/')) path.insert(0, "/");
    Url url;
    url.scheme_size_ = scheme.size();
    url.host_size_ = where->host.size();
    url.port_ = where->port.value_or(default_port);
    url.names_port_ = where->port.has_value();
    url.text_ = scheme + "://" + where->host;
    if (url.port_ != default_port) url.text_ += ":" + std::to_string(url.port_);
    url.root_size_ = url.text_.size();
    url.text_ += path;
    // The stricter grammar leaves nothing to read differently; that it does is checked each time.
    if (!dials(url.text_, scheme, where->host, url.port_, path)) return not_a_link();
    return url;
}

Result<Url> Url::resolve(std::string_view reference) const {
    const auto given = readable(reference);
    if (!given || text_.empty()) return not_a_link();
    if (scheme_size_in(*given) > 0) return parse(*given);
    if (given->starts_with("//")) {
        return parse(std::string(scheme()) + ":" + std::string(*given));
    }
    const auto handle = handle_of(text_);
    auto target = encoded(*given);
    // "12:30.mp4": a name, as that is no scheme; libcurl wants to be told.
    const auto first_segment = target.substr(0, target.find_first_of("/?"));
    if (first_segment.find(':') != std::string::npos) target.insert(0, "./");
    const auto code = handle == nullptr ? CURLUE_MALFORMED_INPUT
                                        : curl_url_set(handle.get(), CURLUPART_URL, target.c_str(),
                                                       CURLU_PATH_AS_IS | CURLU_DISALLOW_USER);
    if (code == CURLUE_OUT_OF_MEMORY) throw std::bad_alloc();
    const auto whole = code == CURLUE_OK ? part_of(handle, CURLUPART_URL) : std::nullopt;
    if (!whole) return not_a_link();
    auto resolved = parse(*whole);
    if (resolved && !resolved->same_origin(*this)) return not_a_link();
    return resolved;
}

Result<Url> Url::with_path(std::string_view path) const {
    const bool one_slash = path.starts_with('/') && !path.starts_with("//");
    const bool odd = std::any_of(path.begin(), path.end(),
                                 [](char c) { return is_control(c) || c == '\\' || c == '#'; });
    const bool takes_path = !text_.empty() && text_.find('?') == std::string::npos;
    if (!one_slash || odd || !takes_path || path.size() > url_bytes) {
        return Failure{.kind = Kind::invalid_request,
                       .code = "path",
                       .message =
                           "a path begins with one '/' and holds no '#', backslash or "
                           "control character"};
    }
    Url url(*this);
    while (url.text_.ends_with('/') && url.text_.size() > root_size_) url.text_.pop_back();
    url.text_ += encoded(path);
    return url;
}

Url Url::over_tls() const {
    return parse("https://" + std::string(host()) + std::string(path())).value();
}

bool Url::same_origin(const Url& other) const {
    return !text_.empty() && scheme() == other.scheme() && host() == other.host() &&
           port_ == other.port_;
}

std::string encode_segment(std::string_view text) {
    if (text == "." || text == "..") return text == "." ? "%2E" : "%2E%2E";
    std::string segment;
    for (const char c : text) {
        if (is_letter(c) || is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~') {
            segment += c;
        } else {
            append_encoded(segment, c);
        }
    }
    return segment;
}

}  // namespace nightshift::http
