// Four counters and the order in which they are asked.
#include "sandbox/limits/limit_counter.hpp"

namespace nightshift::sandbox {
namespace {

double burst_ms(const Limit& limit, double minute_ms) {
    return limit.burst_seconds / 60 * minute_ms;
}

}  // namespace

Gauge::Gauge(const Limit& limit, double minute_ms)
    : token_count_(limit.tokens),
      requests_(limit.window, minute_ms, burst_ms(limit, minute_ms)),
      tokens_(limit.window, minute_ms, burst_ms(limit, minute_ms)) {}

std::string_view Gauge::used_up(const Ceilings& ceilings, const Estimate& tokens,
                                std::int64_t now_ms) {
    if (ceilings.requests_per_minute > 0 &&
        !requests_.fits(1, ceilings.requests_per_minute, now_ms)) {
        return "requests per min (RPM)";
    }
    // Where only used tokens count, nobody knows how many a call needs: any room lets it in.
    const bool used = token_count_ == TokenCount::used;
    const std::int64_t needed = used ? 1 : tokens.input + tokens.output_max;
    if (ceilings.tokens_per_minute > 0 &&
        !tokens_.fits(needed, ceilings.tokens_per_minute, now_ms)) {
        return "tokens per min (TPM)";
    }
    if (ceilings.concurrency > 0 && in_flight_ >= ceilings.concurrency) {
        return "concurrent requests";
    }
    std::erase_if(tasks_end_ms_, [now_ms](std::int64_t end) { return end <= now_ms; });
    if (ceilings.remote_tasks > 0 &&
        static_cast<std::int64_t>(tasks_end_ms_.size()) >= ceilings.remote_tasks) {
        return "concurrent tasks";
    }
    return {};
}

void Gauge::enter(const Ceilings& ceilings, const Estimate& tokens, std::int64_t now_ms) {
    ++in_flight_;
    if (ceilings.requests_per_minute > 0) requests_.spend(1, ceilings.requests_per_minute, now_ms);
    const std::int64_t per_minute = ceilings.tokens_per_minute;
    if (per_minute == 0) return;
    if (token_count_ == TokenCount::used) {
        tokens_.owe(tokens.input, per_minute, now_ms);
    } else {
        tokens_.spend(tokens.input + tokens.output_max, per_minute, now_ms);
    }
}

Gauge::Rest Gauge::rest(const Ceilings& ceilings, std::int64_t now_ms) {
    Rest rest;
    if (ceilings.requests_per_minute > 0) {
        rest.requests = requests_.left(ceilings.requests_per_minute, now_ms);
        rest.requests_full_in_ms = requests_.full_in_ms(now_ms);
    }
    if (ceilings.tokens_per_minute > 0) {
        rest.tokens = tokens_.left(ceilings.tokens_per_minute, now_ms);
        rest.tokens_full_in_ms = tokens_.full_in_ms(now_ms);
    }
    return rest;
}

void Gauge::leave(const Ceilings& ceilings, std::int64_t output_tokens, std::int64_t now_ms) {
    --in_flight_;
    const bool counts = token_count_ == TokenCount::used && ceilings.tokens_per_minute > 0;
    // The first test lets `leave` be called without a time when nothing came out.
    if (output_tokens > 0 && counts) tokens_.owe(output_tokens, ceilings.tokens_per_minute, now_ms);
}

}  // namespace nightshift::sandbox
