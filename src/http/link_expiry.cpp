// When a signed link dies: the query parameters of OSS and S3 version 2 (Expires), of TOS
// (X-Tos-Date, X-Tos-Expires) and of S3 version 4 (X-Amz-Date, X-Amz-Expires).

#include "http/origin.hpp"

#include <chrono>
#include <optional>

namespace nightshift::http {
namespace {

constexpr std::int64_t year_9999 = 253'402'300'799;

std::optional<std::string_view> parameter(std::string_view query, std::string_view name) {
    while (!query.empty()) {
        const auto end = query.find('&');
        const auto pair = query.substr(0, end);
        const auto equals = pair.find('=');
        if (equals != std::string_view::npos && pair.substr(0, equals) == name) {
            return pair.substr(equals + 1);
        }
        if (end == std::string_view::npos) break;
        query.remove_prefix(end + 1);
    }
    return std::nullopt;
}

std::optional<std::int64_t> number(std::optional<std::string_view> text) {
    if (!text || text->empty() || text->size() > 12) return std::nullopt;
    std::int64_t value = 0;
    for (const char c : *text) {
        if (c < '0' || c > '9') return std::nullopt;
        value = value * 10 + (c - '0');
    }
    return value;
}

// "20260521T164124Z" to Unix seconds.
std::optional<std::int64_t> basic_time(std::optional<std::string_view> text) {
    if (!text || text->size() != 16 || (*text)[8] != 'T' || (*text)[15] != 'Z') {
        return std::nullopt;
    }
    const auto date = number(text->substr(0, 8));
    const auto time = number(text->substr(9, 6));
    if (!date || !time) return std::nullopt;
    const std::chrono::year_month_day day{
        std::chrono::year(static_cast<int>(*date / 10000)),
        std::chrono::month(static_cast<unsigned>(*date / 100 % 100)),
        std::chrono::day(static_cast<unsigned>(*date % 100))};
    if (!day.ok()) return std::nullopt;
    const auto days = std::chrono::sys_days(day).time_since_epoch().count();
    return std::int64_t{days} * 86400 + *time / 10000 * 3600 + *time / 100 % 100 * 60 + *time % 100;
}

}  // namespace

std::int64_t expiry_of_link(std::string_view url) {
    const auto mark = url.find('?');
    if (mark == std::string_view::npos) return 0;
    auto query = url.substr(mark + 1);
    query = query.substr(0, query.find('#'));
    for (const auto* vendor : {"X-Tos-", "X-Amz-"}) {
        const auto since = basic_time(parameter(query, std::string(vendor) + "Date"));
        const auto lasts = number(parameter(query, std::string(vendor) + "Expires"));
        if (since && lasts) return *since + *lasts;
    }
    const auto expires = number(parameter(query, "Expires"));
    return expires && *expires <= year_9999 ? *expires : 0;
}

}  // namespace nightshift::http
