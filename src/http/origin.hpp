// Which URL may see the key, and which may be fetched at all (faults.md findings 2 and 3). Judged
// on the Url that is dialled (http/url).

#pragma once

#include "base/failure.hpp"
#include "http/url.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace nightshift::http {

// The gateway: scheme, host and port, plus a path prefix if the base URL has one.
class Origin {
public:
    Origin() = default;  // of nothing
    // From a base URL: a trailing "/v1" or "/" is removed; user info, query and fragment are
    // refused; plain http only to loopback. The failure's message says what to do.
    static Result<Origin> parse(std::string_view base_url);

    const std::string& base() const { return base_; }  // "https://api.example.com", no slash
    bool is_loopback() const { return loopback_; }
    // base() + path. Failure: invalid_request, when `path` is none (Url::with_path): it may come
    // from a file that a stranger wrote.
    Result<Url> url(std::string_view path) const { return url_.with_path(path); }
    const Url& url() const { return url_; }
    bool same_origin(const Url& url) const { return url_.same_origin(url); }
    // "https://api.example.com", with the port where it is not the scheme's own: what the queue
    // and the ledger remember.
    std::string identity() const;

private:
    Url url_;
    std::string base_;
    bool loopback_ = false;
};

// A link that came from the wire, judged for a download: absolute http(s) (a relative one is
// resolved against the gateway), no user info, no private, link-local or loopback host unless the
// gateway itself is on loopback and the link is too. Plain http is taken from public hosts, never
// with the key; a link that names no port is tried over https first. Failure: unsafe_url. `data:`
// URLs are not links: callers decode them.
struct SafeLink {
    Url url;
    std::optional<Url> plain = {};  // over http, for when `url` cannot be connected to
    bool with_key = false;          // same origin as the gateway
    bool public_only = true;        // to be checked again on the resolved address
};
Result<SafeLink> judge_link(const Origin& gateway, std::string_view link);
// The same of where a redirect leads; a relative one is resolved against where it came `from`. The
// key goes from one address of the gateway to another and is never regained; nothing leads from
// outside to this machine.
Result<SafeLink> judge_redirect(const Origin& gateway, const SafeLink& from,
                                std::string_view location);

// True when `host` (a name or an address literal in any spelling) is loopback, private,
// link-local, unspecified, multicast or otherwise not public. Names are judged by name only.
bool is_private_host(std::string_view host);
// "localhost", "x.localhost", an address of loopback in any spelling.
bool is_loopback_host(std::string_view host);

// Media links of a manifest (contract section 3): "" when good, else what is wrong with it, as
// words that follow the link's name ("is no link").
std::string problem_of_media_url(std::string_view url, bool loopback_allowed);

// Unix seconds at which a signed link dies, from Expires, X-Tos-Date + X-Tos-Expires or
// X-Amz-Date + X-Amz-Expires; 0 when it does not say.
std::int64_t expiry_of_link(std::string_view url);

}  // namespace nightshift::http
