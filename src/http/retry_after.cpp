// RFC 9110 10.2.3 (Retry-After) and 5.6.7 (dates, all three forms); faults.md row 27.

#include "http/retry_after.hpp"

#include "core/limits.hpp"

#include <algorithm>
#include <array>
#include <chrono>

namespace nightshift::http {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// "5", "1.5", any number of digits; no sign, no exponent.
std::optional<double> decimal_of(std::string_view text) {
    double value = 0;
    double scale = 1;
    bool fraction = false;
    bool digits = false;
    for (const char c : text) {
        if (c == '.' && !fraction && digits) {
            fraction = true;
            continue;
        }
        if (!is_digit(c)) return std::nullopt;
        digits = true;
        if (fraction) scale /= 10;
        value = fraction ? value + scale * (c - '0') : value * 10 + (c - '0');
    }
    if (!digits) return std::nullopt;
    return value;
}

std::optional<int> small_number(std::string_view text) {
    if (text.empty() || text.size() > 4 || !std::all_of(text.begin(), text.end(), is_digit)) {
        return std::nullopt;
    }
    int value = 0;
    for (const char c : text) value = value * 10 + (c - '0');
    return value;
}

std::optional<unsigned> month_of(std::string_view word) {
    constexpr std::array<std::string_view, 12> months = {"jan", "feb", "mar", "apr", "may", "jun",
                                                         "jul", "aug", "sep", "oct", "nov", "dec"};
    if (word.size() < 3) return std::nullopt;
    std::string start(word.substr(0, 3));
    for (auto& c : start) c = static_cast<char>(c | 0x20);
    const auto found = std::find(months.begin(), months.end(), start);
    if (found == months.end()) return std::nullopt;
    return static_cast<unsigned>(found - months.begin()) + 1;
}

// "08:49:37" to seconds of the day.
std::optional<int> time_of_day(std::string_view word) {
    if (word.size() != 8 || word[2] != ':' || word[5] != ':') return std::nullopt;
    const auto hour = small_number(word.substr(0, 2));
    const auto minute = small_number(word.substr(3, 2));
    const auto second = small_number(word.substr(6, 2));
    if (!hour || !minute || !second) return std::nullopt;
    if (*hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
    return *hour * 3600 + *minute * 60 + *second;
}

std::optional<double> clamped(std::optional<double> seconds) {
    if (!seconds) return std::nullopt;
    return std::clamp(*seconds, 0.0, limits::retry_after_max_s);
}

}  // namespace

// In all three forms the first number is the day, the second the year.
std::optional<std::int64_t> unix_of_date(std::string_view text) {
    std::optional<int> day, year, time;
    std::optional<unsigned> month;
    while (!text.empty()) {
        const auto end = std::min(text.find_first_of(" ,-\t"), text.size());
        const auto word = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (const auto number = small_number(word)) {
            (day ? year : day) = number;
        } else if (word.find(':') != std::string_view::npos) {
            time = time_of_day(word);
        } else if (!month) {
            month = month_of(word);
        }
    }
    if (!day || !month || !year || !time) return std::nullopt;
    if (*year < 70) *year += 2000;
    if (*year < 100) *year += 1900;
    const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(*month),
                                           std::chrono::day(static_cast<unsigned>(*day))};
    if (!date.ok() || *year < 1970) return std::nullopt;
    const auto days = std::chrono::sys_days(date).time_since_epoch().count();
    return std::int64_t{days} * 86400 + *time;
}

std::optional<double> retry_after_of(const Reply& reply, std::int64_t wall_ms) {
    if (const auto ms = decimal_of(reply.header("retry-after-ms"))) return clamped(*ms / 1000);
    const auto text = reply.header("retry-after");
    if (const auto seconds = decimal_of(text)) return clamped(seconds);
    const auto until = unix_of_date(text);
    if (!until) return std::nullopt;
    const auto theirs = unix_of_date(reply.header("date"));
    const double now = theirs ? static_cast<double>(*theirs) : static_cast<double>(wall_ms) / 1000;
    return clamped(static_cast<double>(*until) - now);
}

}  // namespace nightshift::http
