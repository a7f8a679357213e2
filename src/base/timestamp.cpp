#include "base/timestamp.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

namespace nightshift {

namespace {

// Right-aligned in its place, with zeroes in front.
void put_digits(char* end, std::int64_t value, int width) {
    for (; width > 0; --width, value /= 10) *--end = static_cast<char>('0' + value % 10);
}

}  // namespace

// Written digit by digit: every ledger line has four of them.
void append_rfc3339(std::string& out, std::int64_t unix_ms) {
    using namespace std::chrono;
    const sys_time<milliseconds> time{milliseconds(unix_ms)};
    const auto day = floor<days>(time);
    const year_month_day date(day);
    const auto ms = static_cast<int>((time - day).count());
    std::array<char, 24> text{"0000-00-00T00:00:00.000"};
    put_digits(text.data() + 4, static_cast<int>(date.year()), 4);
    put_digits(text.data() + 7, static_cast<unsigned>(date.month()), 2);
    put_digits(text.data() + 10, static_cast<unsigned>(date.day()), 2);
    put_digits(text.data() + 13, ms / 3'600'000, 2);
    put_digits(text.data() + 16, ms / 60'000 % 60, 2);
    put_digits(text.data() + 19, ms / 1000 % 60, 2);
    put_digits(text.data() + 23, ms % 1000, 3);
    text.back() = 'Z';
    out.append(text.data(), text.size());
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
