// Which gauges a call meets, and the 429 of wire contract 3.5, 4.4, 8.3 and 10.3.
#include "sandbox/limits/limits.hpp"

#include "sandbox/call/catalog.hpp"
#include "sandbox/call/errors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace nightshift::sandbox {
namespace {

bool concerns(const Limit& limit, const Call& call) {
    const auto& list = limit.endpoints;
    const bool named = std::find(list.begin(), list.end(), call.route.endpoint) != list.end();
    return (list.empty() || named) && glob_matches(limit.model, call.model);
}

// Under which name a call's model is counted.
std::string gauge_name(const Limit& limit, const Call& call) {
    return limit.per_model ? call.model : std::string();
}

Reply refusal(const Limit& limit, const Ceilings& ceilings, const Call& call,
              std::string_view what) {
    const bool task = call.route.endpoint == Endpoint::videos ||
                      call.route.endpoint == Endpoint::video_generations;
    Reply reply;
    if (task) {
        reply = flat_error({429, "fail_to_fetch_task", "当前分组上游负载已饱和，请稍后再试"});
    } else if (limit.reply == "empty") {
        reply.status = 429;
    } else if (limit.reply == "gateway") {
        const std::string message =
            fmt::format("您已达到请求数限制：1分钟内最多请求{}次", ceilings.requests_per_minute);
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

// As Anthropic names them on messages, and OpenAI elsewhere: with a reset "in 1.5s", because this
// knows no time of day.
void add_header(Headers& headers, const Call& call, std::string_view what, std::string_view field,
                const std::string& value) {
    const bool anthropic = call.route.endpoint == Endpoint::messages;
    const std::string name = anthropic ? fmt::format("anthropic-ratelimit-{}-{}", what, field)
                                       : fmt::format("x-ratelimit-{}-{}", field, what);
    headers.push_back({name, value});
}

void add_headers(Headers& headers, const Call& call, const Ceilings& ceilings,
                 const Gauge::Rest& rest) {
    const auto add = [&](std::string_view what, std::int64_t limit, std::int64_t left, double ms) {
        if (limit == 0) return;
        add_header(headers, call, what, "limit", std::to_string(limit));
        add_header(headers, call, what, "remaining", std::to_string(left));
        add_header(headers, call, what, "reset", fmt::format("{:.0f}ms", std::max(0.0, ms)));
    };
    add("requests", ceilings.requests_per_minute, rest.requests, rest.requests_full_in_ms);
    add("tokens", ceilings.tokens_per_minute, rest.tokens, rest.tokens_full_in_ms);
}

}  // namespace

Limits::Limits(const std::vector<Limit>& limits, double speed, std::int64_t start_ms)
    : minute_ms_(60'000 / speed), start_ms_(start_ms) {
    for (const Limit& limit : limits) all_.push_back({limit, {}});
}

Gauge& Limits::gauge_of(Watched& watched, const Call& call) const {
    const std::string name = gauge_name(watched.limit, call);
    return watched.gauges.try_emplace(name, watched.limit, minute_ms_).first->second;
}

Ceilings Limits::ceilings_of(const Limit& limit, std::int64_t now_ms) const {
    return ceilings_at(limit, static_cast<double>(now_ms - start_ms_) * 60 / minute_ms_);
}

std::optional<Reply> Limits::enter(const Call& call, const Estimate& tokens, std::int64_t now_ms) {
    for (Watched& watched : all_) {
        const Limit& limit = watched.limit;
        if (!concerns(limit, call)) continue;
        const Ceilings ceilings = ceilings_of(limit, now_ms);
        const std::string_view what = gauge_of(watched, call).used_up(ceilings, tokens, now_ms);
        if (!what.empty()) return refusal(limit, ceilings, call, what);
    }
    for (Watched& watched : all_) {
        const Limit& limit = watched.limit;
        if (!concerns(limit, call)) continue;
        gauge_of(watched, call).enter(ceilings_of(limit, now_ms), tokens, now_ms);
    }
    return std::nullopt;
}

Headers Limits::headers(const Call& call, std::int64_t now_ms) {
    Headers headers;
    for (Watched& watched : all_) {
        if (!watched.limit.headers || !concerns(watched.limit, call)) continue;
        const Ceilings ceilings = ceilings_of(watched.limit, now_ms);
        add_headers(headers, call, ceilings, gauge_of(watched, call).rest(ceilings, now_ms));
    }
    return headers;
}

void Limits::leave(const Call& call, std::int64_t output_tokens, std::int64_t now_ms) {
    for (Watched& watched : all_) {
        const Limit& limit = watched.limit;
        if (!concerns(limit, call)) continue;
        gauge_of(watched, call).leave(ceilings_of(limit, now_ms), output_tokens, now_ms);
    }
}

void Limits::add_task(const Call& call, std::int64_t end_ms) {
    for (Watched& watched : all_) {
        const Limit& limit = watched.limit;
        if (limit.remote_tasks > 0 && concerns(limit, call))
            gauge_of(watched, call).add_task(end_ms);
    }
}

double Limits::work_seconds(const Call& call, double seconds) const {
    for (const Watched& watched : all_) {
        if (!concerns(watched.limit, call)) continue;
        const auto gauge = watched.gauges.find(gauge_name(watched.limit, call));
        const bool known = gauge != watched.gauges.end();
        seconds =
            sandbox::work_seconds(watched.limit, seconds, known ? gauge->second.in_flight() : 0);
    }
    return seconds;
}

}  // namespace nightshift::sandbox
