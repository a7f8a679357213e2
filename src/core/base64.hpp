// Base64 as gateways send it (RFC 4648): standard or URL-safe alphabet, line breaks and missing
// padding tolerated, a `data:...;base64,` prefix removed. Anything else is refused.

#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace nightshift {

std::optional<std::string> decode_base64(std::string_view text);
std::string encode_base64(std::string_view bytes);

}  // namespace nightshift
