// A sliding window of one minute (divided by `speed`) for requests and tokens, and the 429 of wire
// contract 3.5, 4.4, 8.3 and 10.3.
#include "sandbox/limits.hpp"

#include "sandbox/catalog.hpp"
#include "sandbox/errors.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace nightshift::sandbox {
namespace {

bool concerns(const Limit& limit, const Call& call) {
    const auto& list = limit.endpoints;
    const bool named = std::find(list.begin(), list.end(), call.route.endpoint) != list.end();
    return (list.empty() || named) && glob_matches(limit.model, call.model);
}

void forget_old(Limit& limit, std::int64_t now_ms, double window_ms) {
    while (!limit.spent.empty() &&
           static_cast<double>(now_ms - limit.spent.front().first) >= window_ms) {
        limit.tokens -= limit.spent.front().second;
        limit.spent.pop_front();
    }
    std::erase_if(limit.tasks_end_ms, [now_ms](std::int64_t end) { return end <= now_ms; });
}

// What is used up, as the upstream words it; empty when there is room.
std::string used_up(const Limit& limit, std::int64_t tokens) {
    if (limit.requests_per_minute > 0 &&
        static_cast<std::int64_t>(limit.spent.size()) >= limit.requests_per_minute) {
        return "requests per min (RPM)";
    }
    if (limit.tokens_per_minute > 0 && limit.tokens + tokens > limit.tokens_per_minute &&
        limit.tokens > 0) {
        return "tokens per min (TPM)";
    }
    if (limit.concurrency > 0 && limit.in_flight >= limit.concurrency) return "concurrent requests";
    if (limit.remote_tasks > 0 &&
        static_cast<std::int64_t>(limit.tasks_end_ms.size()) >= limit.remote_tasks) {
        return "concurrent tasks";
    }
    return {};
}

Reply refusal(const Limit& limit, const Call& call, const std::string& what) {
    const bool task = call.route.endpoint == Endpoint::videos ||
                      call.route.endpoint == Endpoint::video_generations;
    Reply reply;
    if (task) {
        reply = flat_error({429, "fail_to_fetch_task", "当前分组上游负载已饱和，请稍后再试"});
    } else if (limit.reply == "empty") {
        reply.status = 429;
    } else if (limit.reply == "gateway") {
        const std::string message =
            fmt::format("您已达到请求数限制：1分钟内最多请求{}次", limit.requests_per_minute);
        reply = middleware_error(call, {429, "", message});
    } else {
        const std::string message =
            fmt::format("Rate limit reached for {} on {}", call.model, what);
        const bool tokens = what.starts_with("tokens");
        reply = upstream_error(call, {429, "rate_limit_exceeded", message},
                               tokens ? "tokens" : "requests");
    }
    if (limit.retry_after) reply.set_header("Retry-After", fmt::format("{}", *limit.retry_after));
    return reply;
}

}  // namespace

std::optional<Reply> Limits::enter(const Call& call, std::int64_t tokens, std::int64_t now_ms) {
    for (Limit& limit : limits_) {
        if (!concerns(limit, call)) continue;
        forget_old(limit, now_ms, window_ms_);
        const std::string what = used_up(limit, tokens);
        if (!what.empty()) return refusal(limit, call, what);
    }
    for (Limit& limit : limits_) {
        if (!concerns(limit, call)) continue;
        ++limit.in_flight;
        if (limit.requests_per_minute == 0 && limit.tokens_per_minute == 0) continue;
        limit.spent.emplace_back(now_ms, tokens);
        limit.tokens += tokens;
    }
    return std::nullopt;
}

void Limits::leave(const Call& call) {
    for (Limit& limit : limits_) {
        if (concerns(limit, call)) --limit.in_flight;
    }
}

void Limits::add_task(const Call& call, std::int64_t end_ms) {
    for (Limit& limit : limits_) {
        if (limit.remote_tasks > 0 && concerns(limit, call)) limit.tasks_end_ms.push_back(end_ms);
    }
}

}  // namespace nightshift::sandbox
