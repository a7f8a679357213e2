// What one limit counts: of one model, or of all that it matches together.
#pragma once

#include "sandbox/limits/limit.hpp"
#include "sandbox/limits/minute_window.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace nightshift::sandbox {

// The tokens of a call before it is worked on. One number alone is all input.
struct Estimate {
    std::int64_t input = 0;
    std::int64_t output_max = 0;

    Estimate(std::int64_t in, std::int64_t out_max = 0) : input(in), output_max(out_max) {}
};

class Gauge {
public:
    // `minute_ms`: how long a minute lasts on the caller's clock.
    Gauge(const Limit& limit, double minute_ms);

    // Which ceiling has no room for this call, as the upstream words it; empty when all have.
    std::string_view used_up(const Ceilings& ceilings, const Estimate& tokens, std::int64_t now_ms);

    // A call goes in, for which there was room, and later out.
    void enter(const Ceilings& ceilings, const Estimate& tokens, std::int64_t now_ms);
    void leave(const Ceilings& ceilings, std::int64_t output_tokens, std::int64_t now_ms);

    // What is left of the two limits per minute, and when all of it is there again.
    struct Rest {
        std::int64_t requests = 0, tokens = 0;
        double requests_full_in_ms = 0, tokens_full_in_ms = 0;
    };
    Rest rest(const Ceilings& ceilings, std::int64_t now_ms);

    // A remote task that ends then.
    void add_task(std::int64_t end_ms) { tasks_end_ms_.push_back(end_ms); }

    std::int64_t in_flight() const { return in_flight_; }

private:
    TokenCount token_count_;
    Meter requests_;
    Meter tokens_;
    std::int64_t in_flight_ = 0;
    std::vector<std::int64_t> tasks_end_ms_;
};

}  // namespace nightshift::sandbox
