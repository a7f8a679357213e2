#include "base/text/told_time.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <utility>

namespace nightshift {
namespace {

constexpr double unix_from_s = 1e9, unix_from_ms = 1e12;  // 2001, and never a duration
constexpr int duration_parts = 4;
constexpr std::size_t text_most = 64;  // no time is longer
constexpr std::string_view blanks = " \t";

struct Unit {
    std::string_view word;
    double seconds;
};

// The longest word that fits comes first.
constexpr std::array units = std::to_array<Unit>({
    {"milliseconds", 0.001},
    {"millisecond", 0.001},
    {"millis", 0.001},
    {"msec", 0.001},
    {"ms", 0.001},
    {"seconds", 1},
    {"second", 1},
    {"secs", 1},
    {"sec", 1},
    {"s", 1},
    {"minutes", 60},
    {"minute", 60},
    {"mins", 60},
    {"min", 60},
    {"m", 60},
    {"hours", 3600},
    {"hour", 3600},
    {"hrs", 3600},
    {"hr", 3600},
    {"h", 3600},
    {"days", 86'400},
    {"day", 86'400},
    {"d", 86'400},
    {"毫秒", 0.001},
    {"秒钟", 1},
    {"秒鐘", 1},
    {"秒", 1},
    {"分钟", 60},
    {"分鐘", 60},
    {"分", 60},
    {"个小时", 3600},
    {"個小時", 3600},
    {"小时", 3600},
    {"小時", 3600},
    {"天", 86'400},
});

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return out;
}

void skip_blanks(std::string_view& text) {
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
}

std::string_view trimmed(std::string_view text) {
    skip_blanks(text);
    const auto last = text.find_last_not_of(blanks);
    return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

// Takes digits, with a fraction, off the front. No sign, no exponent.
std::optional<double> take_number(std::string_view& text) {
    double value = 0, scale = 1;
    bool point = false;
    std::size_t at = 0;
    for (; at < text.size(); ++at) {
        const bool more = at + 1 < text.size() && is_digit(text[at + 1]);
        if (text[at] == '.' && !point && at > 0 && more) {
            point = true;
            continue;
        }
        if (!is_digit(text[at])) break;
        if (point) scale /= 10;
        value = point ? value + scale * (text[at] - '0') : value * 10 + (text[at] - '0');
    }
    if (at == 0) return std::nullopt;
    text.remove_prefix(at);
    return value;
}

// "3.2s", "3 seconds"; `text` is moved past it only if it is whole.
std::optional<double> take_part(std::string_view& text) {
    auto rest = text;
    const auto number = take_number(rest);
    if (!number) return std::nullopt;
    skip_blanks(rest);
    for (const auto& unit : units) {
        if (!rest.starts_with(unit.word)) continue;
        rest.remove_prefix(unit.word.size());
        const bool ascii = is_letter(unit.word.front());
        if (ascii && !rest.empty() && is_letter(rest.front())) return std::nullopt;
        text = rest;
        return *number * unit.seconds;
    }
    return std::nullopt;
}

// ISO 8601: "pt1m8.5s".
std::optional<double> iso_duration(std::string_view text) {
    text.remove_prefix(2);
    double sum_s = 0;
    for (int parts = 0; parts < duration_parts && !text.empty(); ++parts) {
        const auto number = take_number(text);
        if (!number || text.empty()) return std::nullopt;
        const auto unit = std::string_view("hms").find(text.front());
        if (unit == std::string_view::npos) return std::nullopt;
        text.remove_prefix(1);
        sum_s += *number * (unit == 0 ? 3600 : unit == 1 ? 60 : 1);
    }
    return text.empty() ? std::optional(sum_s) : std::nullopt;
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
    const auto start = lower(word.substr(0, 3));
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

std::optional<int> two_digits(std::string_view text, std::size_t at) {
    if (at + 2 > text.size() || !is_digit(text[at]) || !is_digit(text[at + 1])) return std::nullopt;
    return (text[at] - '0') * 10 + (text[at + 1] - '0');
}

// Seconds that a zone ("Z", "+08:00") is ahead of UTC.
std::optional<double> zone_s(std::string_view zone) {
    if (zone == "Z" || zone == "z") return 0;
    if (zone.size() != 6 || (zone[0] != '+' && zone[0] != '-') || zone[3] != ':') {
        return std::nullopt;
    }
    const auto hours = two_digits(zone, 1), minutes = two_digits(zone, 4);
    if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
    const double ahead_s = *hours * 3600 + *minutes * 60;
    return zone[0] == '+' ? ahead_s : -ahead_s;
}

std::optional<ToldTime> whole_time_of(std::string_view text) {
    auto rest = text;
    const auto number = take_number(rest);
    if (number && rest.empty()) {
        if (*number >= unix_from_ms) return ToldTime{*number / 1000, true};
        return ToldTime{*number, *number >= unix_from_s};
    }
    if (const auto duration = duration_of(text)) return ToldTime{*duration, false};
    if (const auto at_s = unix_of_timestamp(text)) return ToldTime{*at_s, true};
    if (const auto at_s = unix_of_date(text)) return ToldTime{static_cast<double>(*at_s), true};
    return std::nullopt;
}

}  // namespace

double ToldTime::wait_s(double now_unix_s) const {
    return std::max(0.0, is_unix ? s - now_unix_s : s);
}

std::optional<double> take_duration(std::string_view& text) {
    std::optional<double> sum_s;
    for (int parts = 0; parts < duration_parts; ++parts) {
        auto rest = text;
        if (sum_s) {
            skip_blanks(rest);
            if (rest.starts_with("and ")) rest.remove_prefix(4);
            if (rest.starts_with(", ")) rest.remove_prefix(2);
            skip_blanks(rest);
        }
        const auto part = take_part(rest);
        if (!part) break;
        text = rest;
        sum_s = sum_s.value_or(0) + *part;
    }
    return sum_s;
}

std::optional<double> duration_of(std::string_view text) {
    if (text.size() > text_most) return std::nullopt;
    const auto folded = lower(trimmed(text));
    if (folded.starts_with("pt") && folded.size() > 2) return iso_duration(folded);
    std::string_view rest = folded;
    const auto duration = take_duration(rest);
    return rest.empty() ? duration : std::nullopt;
}

std::optional<ToldTime> told_time_of(std::string_view text) {
    text = trimmed(text);
    if (text.size() > text_most) return std::nullopt;
    if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
        text = trimmed(text.substr(1, text.size() - 2));
    }
    if (auto whole = whole_time_of(text)) return whole;
    const auto first = text.substr(0, text.find_first_of(",;"));
    return first.size() < text.size() ? whole_time_of(trimmed(first)) : std::nullopt;
}

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

std::optional<double> unix_of_timestamp(std::string_view text) {
    constexpr std::string_view shape = "0000-00-00T00:00:00";
    if (text.size() <= shape.size()) return std::nullopt;
    for (std::size_t i = 0; i < shape.size(); ++i) {
        if (shape[i] == '0' ? !is_digit(text[i]) : text[i] != shape[i]) return std::nullopt;
    }
    const auto part = [text](std::size_t at) { return *two_digits(text, at); };
    const std::chrono::year_month_day date{std::chrono::year(part(0) * 100 + part(2)),
                                           std::chrono::month(static_cast<unsigned>(part(5))),
                                           std::chrono::day(static_cast<unsigned>(part(8)))};
    if (!date.ok() || part(11) > 23 || part(14) > 59 || part(17) > 60) return std::nullopt;
    const auto days = std::chrono::sys_days(date).time_since_epoch().count();
    double at_s = 86'400.0 * static_cast<double>(days) + part(11) * 3600 + part(14) * 60 + part(17);
    auto rest = text.substr(shape.size());
    if (rest.starts_with('.')) {
        rest.remove_prefix(1);
        const auto digits = std::min(rest.find_first_not_of("0123456789"), rest.size());
        double scale = 0.1;
        for (const char c : rest.substr(0, std::min<std::size_t>(digits, 9))) {
            at_s += scale * (c - '0');
            scale /= 10;
        }
        rest.remove_prefix(digits);
    }
    const auto ahead_s = zone_s(rest);
    if (!ahead_s) return std::nullopt;
    return at_s - *ahead_s;
}

}  // namespace nightshift
