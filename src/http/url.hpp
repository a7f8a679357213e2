// One parse of a URL. What it yields is judged and shown, and only what it yields is dialled: a
// Request takes a Url and no text, so no second reading can find another host in the same bytes.
//
// libcurl's own parser splits, because libcurl dials. Around it stands a stricter grammar: http or
// https, "://", a host of letters, digits, '-', '_' and dots or an address literal, an optional
// port of digits, then the end, '/' or '?'. User info, percent signs, backslashes and any other
// byte in front of the path are refused, and so is a name that begins with a whole IPv4 address
// ("127.0.0.1.example.com"): it is meant to be mistaken for that address.

#pragma once

#include "base/failure.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace nightshift::http {

// An absolute http(s) URL in its one spelling: scheme and host in lower case, an address in its
// usual form, no default port, no fragment, a path of at least "/". Path and query keep their
// bytes, but for those that a URL may not hold (spaces, quotes, UTF-8): these are percent-encoded.
class Url {
public:
    Url() = default;  // of nothing: text() is empty, and no request goes there

    // Failure: unsafe_url, its code "user_info" or "not_a_link".
    static Result<Url> parse(std::string_view text);
    // What a reference means that was found at this URL (RFC 3986 section 5): "/x", "x", "../x",
    // "?x", "//host/x", or an absolute URL. Failure as parse().
    Result<Url> resolve(std::string_view reference) const;
    // This URL with `path` (and query) behind its own path; the rest stays what it is. Failure:
    // invalid_request, when `path` does not begin with exactly one '/', or holds a fragment, a
    // backslash or control characters.
    Result<Url> with_path(std::string_view path) const;

    // The same over https, at its default port.
    Url over_tls() const;

    const std::string& text() const { return text_; }
    std::string_view root() const { return part(0, root_size_); }  // "https://h.example:8443"
    std::string_view scheme() const { return part(0, scheme_size_); }
    std::string_view host() const { return part(scheme_size_ + 3, host_size_); }
    unsigned port() const { return port_; }  // the default one if the URL names none
    bool names_port() const { return names_port_; }
    std::string_view path() const { return part(root_size_, text_.size()); }  // with the query
    bool is_tls() const { return scheme_size_ == 5; }
    // Scheme, host and port are the same.
    bool same_origin(const Url& other) const;

private:
    std::string_view part(std::size_t from, std::size_t size) const {
        return std::string_view(text_).substr(from, size);
    }

    std::string text_;
    std::size_t scheme_size_ = 0, host_size_ = 0, root_size_ = 0;
    unsigned port_ = 0;
    bool names_port_ = false;  // in the text that was parsed, the default one included
};

// "host", "host:8443", "[::1]:80", strictly; the host in its one spelling. Nothing for all else.
struct HostAndPort {
    std::string host;
    std::optional<unsigned> port;
};
std::optional<HostAndPort> host_and_port_in(std::string_view text);

// Percent-encodes one path segment (an opaque remote id).
std::string encode_segment(std::string_view text);

}  // namespace nightshift::http
