// Base64 as gateways send it (RFC 4648): standard or URL-safe alphabet, line breaks and missing
// padding tolerated, a `data:...;base64,` prefix removed. Anything else is refused.

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace nightshift {

std::optional<std::string> decode_base64(std::string_view text);
// What of a text that is decoded are digits, line breaks and padding; nothing when it is a data URL
// in another encoding.
std::optional<std::string_view> base64_in(std::string_view text);
std::string encode_base64(std::string_view bytes);

struct Base64Groups {
    std::size_t digits = 0;
    std::size_t bytes = 0;
};
// Decodes the groups of four digits at the start, as far as they are no padding. Their bytes begin
// `room`, which becomes as long as it must, a little more than they are, and never shorter: used
// again, it costs nothing.
Base64Groups decode_base64_groups(std::string_view text, std::string& room);

// How many characters at the start are digits of either alphabet or padding.
std::size_t base64_run(std::string_view text);

}  // namespace nightshift
