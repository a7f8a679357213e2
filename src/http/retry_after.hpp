// Retry-After, read by ourselves: libcurl's value is 0 for garbage and negative for past dates.

#pragma once

#include "http/message.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace nightshift::http {

// Seconds to wait, from `retry-after-ms`, then `retry-after` as seconds (fractions allowed) or
// an HTTP date (RFC 9110 10.2.3) against the reply's own Date header, else `wall_ms`. Clamped to
// [0, limits::retry_after_max_s]. Nothing for absent, negative, or unreadable values.
std::optional<double> retry_after_of(const Reply& reply, std::int64_t wall_ms);

// Unix seconds of "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT" or
// "Sun Nov  6 08:49:37 1994"; nothing for anything else.
std::optional<std::int64_t> unix_of_date(std::string_view text);

}  // namespace nightshift::http
