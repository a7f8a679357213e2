#include "http/rate_headers.hpp"

#include "http/retry_after.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace nightshift::http {
namespace {

constexpr double most_count = 1e9, most_reset_s = 86'400;

std::optional<double> count_of(std::string_view text) {
    double count = 0;
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    if (text.empty() || text.size() > 20 || !std::all_of(text.begin(), text.end(), digit)) {
        return std::nullopt;
    }
    for (const char c : text) count = count * 10 + (c - '0');
    return count <= most_count ? std::optional(count) : std::nullopt;
}

std::optional<double> reset_of(std::string_view text, double now_s) {
    const auto told = told_time_of(text);
    if (!told) return std::nullopt;
    const double reset_s = told->is_unix ? told->s - now_s : told->s;
    if (reset_s > most_reset_s || reset_s < -most_reset_s) return std::nullopt;
    return std::max(0.0, reset_s);
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
        if (!now_s) now_s = reply_time_s(reply, wall_ms);
        kind.reset_s = reset_of(reset, *now_s);
        return kind;
    };
    RateHeaders headers;
    headers.requests = kind_of("requests");
    headers.tokens = kind_of("tokens");
    return headers;
}

}  // namespace nightshift::http
