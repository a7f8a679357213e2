#include "http/origin.hpp"

#include "http/address.hpp"

#include <algorithm>
#include <array>

namespace nightshift::http {
namespace {

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

Result<SafeLink> judged(const Origin& gateway, Result<Url> url) {
    if (!url) {
        const auto& code = url.error().code;
        if (code == "user_info") return refusal(code, "the link carries a user name");
        // The gateway may put failure text where the link belongs (faults.md finding 3).
        return refusal(code, "what the gateway gave is not an http(s) link");
    }
    SafeLink link{.url = std::move(*url)};
    link.with_key = gateway.same_origin(link.url);
    const std::string host(link.url.host());
    const bool own_machine = gateway.is_loopback() && is_loopback_host(host);
    if (link.with_key || own_machine) {
        link.public_only = false;
        return link;
    }
    if (is_private_host(host)) {
        return refusal("private_host",
                       "the link points at a host that is not public (" + host + ")");
    }
    if (!link.url.is_tls() && !link.url.names_port()) {
        link.plain = link.url;
        link.url = link.plain->over_tls();
    }
    return link;
}

}  // namespace

Result<Origin> Origin::parse(std::string_view base_url) {
    const auto text = trimmed(base_url);
    if (text.find("://") == std::string_view::npos) {
        return bad_base("it has no scheme; write it as https://HOST");
    }
    if (text.find('#') != std::string_view::npos) return bad_base("remove the part from '#' on");
    const auto url = Url::parse(text);
    if (!url) {
        return bad_base(url.error().code == "user_info"
                            ? "remove the user name and password before '@'"
                            : "not a valid http(s) address; write it as https://HOST");
    }
    if (text.find('?') != std::string_view::npos) return bad_base("remove the part from '?' on");
    Origin origin;
    origin.loopback_ = is_loopback_host(url->host());
    if (!url->is_tls() && !origin.loopback_) {
        return bad_base("plain http would show the key to the network; use https://" +
                        std::string(url->host()));
    }
    auto path = url->path();
    while (path.ends_with('/')) path.remove_suffix(1);
    if (path.ends_with("/v1")) path.remove_suffix(3);
    while (path.ends_with('/')) path.remove_suffix(1);
    origin.base_ = std::string(url->root()) + std::string(path);
    origin.url_ = Url::parse(origin.base_).value();
    return origin;
}

std::string Origin::identity() const {
    return base_.substr(0, base_.find('/', url_.scheme().size() + 3));
}

Result<SafeLink> judge_link(const Origin& gateway, std::string_view link) {
    const auto text = trimmed(link);
    return judged(gateway, text.starts_with('/') ? gateway.url().resolve(text) : Url::parse(text));
}

Result<SafeLink> judge_redirect(const Origin& gateway, const SafeLink& from,
                                std::string_view location) {
    auto next = judged(gateway, from.url.resolve(location));
    if (!next) return next;
    const bool inward = from.public_only && !next->public_only;
    if (inward && !(next->url.is_tls() && gateway.same_origin(next->url))) {
        return refusal("private_host",
                       "a redirect leads from outside to a host that is not public");
    }
    next->with_key = next->with_key && from.with_key;
    return next;
}

bool is_loopback_host(std::string_view host) {
    const auto address = address_in(host);
    if (address) return is_loopback(*address);
    return host == "localhost" || host.ends_with(".localhost");
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
    if (text.find("://") == std::string_view::npos) return "is not a link";
    if (scheme != "http" && scheme != "https") return "is not an http(s) link";
    const auto parsed = Url::parse(text);
    if (!parsed) {
        return parsed.error().code == "user_info" ? "carries a user name or password"
                                                  : "is not a valid http(s) link";
    }
    const std::string host(parsed->host());
    if (loopback_allowed && is_loopback_host(host)) return {};
    if (is_private_host(host)) return "leads to '" + host + "', which is not public";
    return {};
}

}  // namespace nightshift::http
