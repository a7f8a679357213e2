// A base URL, then links, redirects and paths that are appended, one a line: what is judged is what
// libcurl's own parser dials, the key goes to the gateway's origin alone, and nothing that is not
// public is fetched for a gateway that is.

#include "http/origin.hpp"
#include "http/proxy.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

using namespace nightshift;
using http::Url;

namespace {

std::string part(CURLU* url, CURLUPart which) {
    char* text = nullptr;
    if (curl_url_get(url, which, &text, CURLU_DEFAULT_PORT) != CURLUE_OK) return "";
    const std::string copy(text);
    curl_free(text);
    return copy;
}

void check_dialled(const Url& url) {
    const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> theirs(curl_url(), &curl_url_cleanup);
    const auto code =
        curl_url_set(theirs.get(), CURLUPART_URL, url.text().c_str(), CURLU_PATH_AS_IS);
    if (code != CURLUE_OK) abort();
    if (part(theirs.get(), CURLUPART_SCHEME) != url.scheme()) abort();
    if (part(theirs.get(), CURLUPART_HOST) != url.host()) abort();
    if (part(theirs.get(), CURLUPART_PORT) != std::to_string(url.port())) abort();
    if (!part(theirs.get(), CURLUPART_USER).empty()) abort();
    if (!url.path().starts_with('/')) abort();
    const auto again = Url::parse(url.text());
    if (!again || again->text() != url.text() || !again->same_origin(url)) abort();
}

void check_link(const http::Origin& gateway, const Result<http::SafeLink>& link) {
    if (!link) return;
    check_dialled(link->url);
    if (link->with_key && !link->url.same_origin(gateway.url())) abort();
    // The gateway's own host may be anywhere: the user named it. A redirect may lead back to it, as
    // from the plain http form of its address, then without the key.
    if (gateway.same_origin(link->url) || gateway.is_loopback()) return;
    if (!link->public_only || http::is_private_host(link->url.host())) abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view rest(reinterpret_cast<const char*>(data), size);
    auto line = [&rest] {
        const auto value = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(rest.size(), value.size() + 1));
        return value;
    };
    const auto base = line();
    const auto proxy = http::Proxy::parse("https_proxy", base);
    if (!proxy.problem.empty() && !proxy.password.empty()) abort();
    const auto origin = http::Origin::parse(base);
    if (!origin) return 0;
    check_dialled(origin->url());
    if (!origin->url().is_tls() && !origin->is_loopback()) abort();
    http::SafeLink last{.url = origin->url(), .with_key = true, .public_only = false};
    while (!rest.empty()) {
        const auto text = line();
        const auto link = judge_link(*origin, text);
        check_link(*origin, link);
        if (link) last = *link;
        const auto next = judge_redirect(*origin, last, text);
        check_link(*origin, next);
        if (next && next->with_key && !last.with_key) abort();
        const auto url = origin->url(text);
        if (!url) continue;
        check_dialled(*url);
        if (!origin->same_origin(*url)) abort();
    }
    return 0;
}
