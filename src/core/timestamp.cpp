#include "core/timestamp.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>

namespace nightshift {

std::string rfc3339(std::int64_t unix_ms) {
    std::int64_t whole = unix_ms / 1000, rest = unix_ms % 1000;
    if (rest < 0) {
        rest += 1000;
        --whole;
    }
    const auto time = static_cast<std::time_t>(whole);
    std::tm parts{};
    gmtime_r(&time, &parts);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", parts.tm_year + 1900,
                       parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                       rest);
}

std::string short_duration(double seconds) {
    const auto total = static_cast<std::int64_t>(std::max(0.0, seconds));
    const auto days = total / 86400, hours = total / 3600 % 24;
    const auto minutes = total / 60 % 60, rest = total % 60;
    if (days > 0) return fmt::format("{}d{:02}h", days, hours);
    if (hours > 0) return fmt::format("{}h{:02}m", hours, minutes);
    if (minutes > 0) return fmt::format("{}m{:02}s", minutes, rest);
    if (total < 10) return fmt::format("{:.1f}s", std::max(0.0, seconds));
    return fmt::format("{}s", rest);
}

}  // namespace nightshift
