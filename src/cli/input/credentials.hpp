// Key and base URL, always as one pair from one place (contract section 2): a real key in the
// shell must never be sent to another pair's host.

#pragma once

#include "http/origin.hpp"

#include <optional>
#include <string>

namespace nightshift::cli {

struct Credentials {
    http::Origin origin;
    std::string key;
    std::string source;  // where the key came from, for people; never the key
};

// The gateway that flags or environment name, as `find_credentials` would take it, also without a
// key; nothing when none is named or it is not a base URL.
std::optional<http::Origin> named_origin(const std::string& base_url, const std::string& key_file);

// `base_url` and `key_file` are the flags (or empty). Throws UsageError with the remedy.
Credentials find_credentials(const std::string& base_url, const std::string& key_file);

// Throws UsageError when the way to the gateway leads through a proxy setting that cannot be read.
void check_proxy_setting(const Credentials& credentials);

}  // namespace nightshift::cli
