// A wait as gateways write it: for how long, or until when, in every spelling that is in use.

#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace nightshift {

struct ToldTime {
    double s = 0;          // seconds from now on, or Unix seconds
    bool is_unix = false;  // the latter

    // Seconds from `now_unix_s` on; what is over counts as 0.
    double wait_s(double now_unix_s) const;
    bool operator==(const ToldTime&) const = default;
};

// "8", "8.5", "8s", "1m30.5s", "120ms", "3 seconds", "2 minutes and 5 seconds", "PT8S", an HTTP
// date, an RFC 3339 time, Unix seconds or milliseconds (a number from 2001 on). Quotes around it
// and what follows a comma or semicolon ("3, 3") do not count. Nothing for anything else, also for
// signs and exponents.
std::optional<ToldTime> told_time_of(std::string_view text);

// Seconds of "1h2m3.5s", "120ms", "3 seconds", "PT1M8S": a number and a unit, at most four times.
std::optional<double> duration_of(std::string_view text);

// The same of what `text` (in lower case) begins with, as in "3.2s. See ..."; `text` is moved past
// it. A number alone is none.
std::optional<double> take_duration(std::string_view& text);

// Unix seconds of "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT" or
// "Sun Nov  6 08:49:37 1994" (RFC 9110 5.6.7); nothing for anything else.
std::optional<std::int64_t> unix_of_date(std::string_view text);

// Unix seconds of "2026-11-22T03:10:00Z" or "2026-11-22T03:10:00.5+08:00" (RFC 3339).
std::optional<double> unix_of_timestamp(std::string_view text);

}  // namespace nightshift
