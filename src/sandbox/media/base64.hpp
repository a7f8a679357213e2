// Base64 (RFC 4648): the standard alphabet, and the URL-safe one without padding.
#pragma once

#include <string>
#include <string_view>

namespace nightshift::sandbox {

std::string base64(std::string_view bytes);
std::string base64_url(std::string_view bytes);  // `-` and `_`, no padding

}  // namespace nightshift::sandbox
