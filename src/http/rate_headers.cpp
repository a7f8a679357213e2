#include "http/rate_headers.hpp"

#include "http/retry_after.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <string_view>

namespace nightshift::http {
namespace {

constexpr double most_count = 1e9, most_reset_s = 86'400;
constexpr double unix_from_s = 1e9, unix_from_ms = 1e12;  // 2001, and never a duration

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// Takes digits, with a fraction if `fraction`, off the front. No sign, no exponent, 20 characters
// at most.
std::optional<double> take_number(std::string_view& text, bool fraction) {
    double value = 0, scale = 1;
    std::size_t at = 0;
    bool point = false;
    for (; at < text.size() && at <= 20; ++at) {
        if (fraction && text[at] == '.' && !point && at > 0) {
            point = true;
            continue;
        }
        if (!is_digit(text[at])) break;
        if (point) scale /= 10;
        value = point ? value + scale * (text[at] - '0') : value * 10 + (text[at] - '0');
    }
    if (at == 0 || at > 20) return std::nullopt;
    text.remove_prefix(at);
    return value;
}

std::optional<double> count_of(std::string_view text) {
    const auto count = take_number(text, false);
    return count && text.empty() && *count <= most_count ? count : std::nullopt;
}

// "1h2m3.5s", "120ms": a number and a unit, at most four times.
std::optional<double> duration_of(std::string_view text) {
    constexpr std::array<std::pair<std::string_view, double>, 5> units = {
        {{"ms", 0.001}, {"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86'400}}};
    double sum_s = 0;
    for (int parts = 0; parts < 4 && !text.empty(); ++parts) {
        const auto number = take_number(text, true);
        if (!number) return std::nullopt;
        const auto unit = std::find_if(units.begin(), units.end(), [&](const auto& each) {
            return text.starts_with(each.first);
        });
        if (unit == units.end()) return std::nullopt;
        text.remove_prefix(unit->first.size());
        sum_s += *number * unit->second;
    }
    return text.empty() ? std::optional(sum_s) : std::nullopt;
}

std::optional<int> two_digits(std::string_view text, std::size_t at) {
    if (at + 2 > text.size() || !is_digit(text[at]) || !is_digit(text[at + 1])) return std::nullopt;
    return (text[at] - '0') * 10 + (text[at + 1] - '0');
}

// "2026-11-22T03:10:00Z", "2026-11-22T03:10:00.5+08:00" to Unix seconds; a fraction is left out.
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
    const double at_s =
        86'400.0 * static_cast<double>(days) + part(11) * 3600 + part(14) * 60 + part(17);
    auto rest = text.substr(shape.size());
    if (rest.starts_with('.')) {
        rest.remove_prefix(1);
        rest.remove_prefix(std::min(rest.find_first_not_of("0123456789"), rest.size()));
    }
    if (rest == "Z" || rest == "z") return at_s;
    if (rest.size() != 6 || (rest[0] != '+' && rest[0] != '-') || rest[3] != ':') {
        return std::nullopt;
    }
    const auto hours = two_digits(rest, 1), minutes = two_digits(rest, 4);
    if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
    const double ahead_s = *hours * 3600 + *minutes * 60;
    return rest[0] == '+' ? at_s - ahead_s : at_s + ahead_s;
}

std::optional<double> reset_of(std::string_view text, double now_s) {
    std::optional<double> reset_s;
    auto rest = text;
    const auto number = take_number(rest, true);
    if (number && rest.empty()) {
        reset_s = *number >= unix_from_ms  ? *number / 1000 - now_s
                  : *number >= unix_from_s ? *number - now_s
                                           : *number;
    } else if (const auto at_s = unix_of_timestamp(text)) {
        reset_s = *at_s - now_s;
    } else if (!text.empty()) {
        reset_s = duration_of(text);
    }
    if (!reset_s || *reset_s > most_reset_s || *reset_s < -most_reset_s) return std::nullopt;
    return std::max(0.0, *reset_s);
}

}  // namespace

RateHeaders rate_headers_of(const Reply& reply, std::int64_t wall_ms) {
    // Most replies have none.
    const bool some = std::any_of(reply.headers.begin(), reply.headers.end(), [](auto& each) {
        return each.first.find("ratelimit-") != std::string::npos;
    });
    if (!some) return {};
    std::optional<double> now_s;  // a Date is read only where it is needed
    const auto kind_of = [&](const std::string& what) {
        const auto field = [&](const char* word) {
            const auto openai = reply.header("x-ratelimit-" + (word + ("-" + what)));
            return openai.empty() ? reply.header("anthropic-ratelimit-" + what + "-" + word)
                                  : openai;
        };
        RateHeaders::Kind kind;
        kind.limit = count_of(field("limit"));
        kind.remaining = count_of(field("remaining"));
        const auto reset = field("reset");
        if (reset.empty()) return kind;
        if (!now_s) {
            const auto theirs = unix_of_date(reply.header("date"));
            now_s = theirs ? static_cast<double>(*theirs) : static_cast<double>(wall_ms) / 1000;
        }
        kind.reset_s = reset_of(reset, *now_s);
        return kind;
    };
    RateHeaders headers;
    headers.requests = kind_of("requests");
    headers.tokens = kind_of("tokens");
    return headers;
}

}  // namespace nightshift::http
