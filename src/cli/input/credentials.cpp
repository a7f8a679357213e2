#include "cli/input/credentials.hpp"

#include "base/input_file.hpp"
#include "cli/input/core_files.hpp"
#include "http/proxy.hpp"

#include <algorithm>
#include <cstdlib>
#include <string_view>

namespace nightshift::cli {
namespace {

constexpr const char* remedy =
    "set NIGHTSHIFT_BASE_URL (or --base-url) and NIGHTSHIFT_API_KEY (or --api-key-file) together, "
    "or try it with neither: `nightshift run MANIFEST --sandbox`";

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
}

std::string trimmed(std::string text) {
    const auto is_space = [](unsigned char c) { return c <= ' '; };
    text.erase(text.begin(), std::find_if_not(text.begin(), text.end(), is_space));
    text.erase(std::find_if_not(text.rbegin(), text.rend(), is_space).base(), text.end());
    return text;
}

std::string key_of_file(const std::string& path) {
    constexpr std::size_t key_bytes_max = 4096;
    try {
        return read_input(path, key_bytes_max);
    } catch (const UsageError& error) {
        throw UsageError(std::string("--api-key-file: ") + error.what());
    }
}

// A URL copied from a document, with the path of an endpoint: every request would miss.
void refuse_endpoint(const std::string& base_url) {
    for (const auto* path :
         {"/chat/completions", "/messages", "/images/generations", "/videos", "/video/generations",
          "/audio/speech", "/responses", "/embeddings", "/models", "/completions"}) {
        auto url = base_url.substr(0, base_url.find_first_of("?#"));
        while (url.ends_with('/')) url.pop_back();
        if (!url.ends_with(path)) continue;
        url.resize(url.size() - std::string_view(path).size());
        if (url.ends_with("/v1")) url.resize(url.size() - 3);
        throw UsageError(
            "base URL: it ends in the path of an endpoint; give the host only, such as " + url);
    }
}

Credentials checked(const std::string& base_url, std::string key, std::string source) {
    key = trimmed(std::move(key));
    if (key.empty()) throw UsageError("the key from " + source + " is empty; " + remedy);
    const bool clean =
        std::all_of(key.begin(), key.end(), [](unsigned char c) { return c > ' ' && c < 0x7F; });
    if (!clean) throw UsageError("the key from " + source + " holds characters no key has");
    refuse_endpoint(trimmed(base_url));
    auto origin = http::Origin::parse(trimmed(base_url));
    if (origin.has_error()) throw UsageError(origin.error().message);
    return {origin.value(), std::move(key), std::move(source)};
}

}  // namespace

std::optional<http::Origin> named_origin(const std::string& base_url_flag,
                                         const std::string& key_file) {
    auto base_url = base_url_flag.empty() ? environment("NIGHTSHIFT_BASE_URL") : base_url_flag;
    const bool has_key = !key_file.empty() || !environment("NIGHTSHIFT_API_KEY").empty();
    if (base_url.empty() && !has_key && !environment("OPENAI_API_KEY").empty()) {
        base_url = environment("OPENAI_BASE_URL");
    }
    if (base_url.empty()) return std::nullopt;
    const auto origin = http::Origin::parse(trimmed(base_url));
    return origin.has_error() ? std::nullopt : std::optional(origin.value());
}

Credentials find_credentials(const std::string& base_url_flag, const std::string& key_file) {
    forbid_core_files();
    const auto base_url =
        base_url_flag.empty() ? environment("NIGHTSHIFT_BASE_URL") : base_url_flag;
    const auto own_key = environment("NIGHTSHIFT_API_KEY");
    const bool has_key = !key_file.empty() || !own_key.empty();
    if (base_url.empty() && !has_key) {
        const auto other_url = environment("OPENAI_BASE_URL");
        const auto other_key = environment("OPENAI_API_KEY");
        if (other_url.empty() != other_key.empty()) {
            throw UsageError(std::string(other_url.empty()
                                             ? "OPENAI_API_KEY is set, OPENAI_BASE_URL "
                                               "is not"
                                             : "OPENAI_BASE_URL is set, "
                                               "OPENAI_API_KEY is not") +
                             ": they count only together; set both, or " + remedy);
        }
        if (other_url.empty()) throw UsageError(std::string("no gateway and no key: ") + remedy);
        return checked(other_url, other_key, "OPENAI_API_KEY");
    }
    if (base_url.empty()) {
        throw UsageError(std::string("there is a key but no base URL: ") + remedy);
    }
    if (!has_key) throw UsageError(std::string("there is a base URL but no key: ") + remedy);
    if (!key_file.empty()) return checked(base_url, key_of_file(key_file), key_file);
    return checked(base_url, own_key, "NIGHTSHIFT_API_KEY");
}

void check_proxy_setting(const Credentials& credentials) {
    const auto proxies = http::Proxies::from_environment();
    const auto* proxy = proxies.proxy_for(credentials.origin.url());
    if (proxy == nullptr || proxy->problem.empty()) return;
    throw UsageError("the proxy " + proxy->address + ": " + proxy->problem);
}

}  // namespace nightshift::cli
