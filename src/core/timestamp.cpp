#include "core/timestamp.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace nightshift {

namespace {

void append_digits(std::string& out, std::int64_t value, int width) {
    const auto end = out.size() + static_cast<std::size_t>(width);
    out.resize(end);
    for (auto at = end; width > 0; --width, value /= 10) {
        out[--at] = static_cast<char>('0' + value % 10);
    }
}

}  // namespace

// Written digit by digit: every ledger line has four of them.
void append_rfc3339(std::string& out, std::int64_t unix_ms) {
    using namespace std::chrono;
    const sys_time<milliseconds> time{milliseconds(unix_ms)};
    const auto day = floor<days>(time);
    const year_month_day date(day);
    const hh_mm_ss clock(time - day);
    append_digits(out, static_cast<int>(date.year()), 4);
    append_digits(out += '-', static_cast<unsigned>(date.month()), 2);
    append_digits(out += '-', static_cast<unsigned>(date.day()), 2);
    append_digits(out += 'T', clock.hours().count(), 2);
    append_digits(out += ':', clock.minutes().count(), 2);
    append_digits(out += ':', clock.seconds().count(), 2);
    append_digits(out += '.', clock.subseconds().count(), 3);
    out += 'Z';
}

std::string rfc3339(std::int64_t unix_ms) {
    std::string text;
    append_rfc3339(text, unix_ms);
    return text;
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
