// What a reply's headers say of the limits of whoever answered: on good replies the gateway passes
// on the headers of its upstream (wire contract 1.3). They may be another account's, or wrong.

#pragma once

#include "http/message.hpp"

#include <cstdint>
#include <optional>

namespace nightshift::http {

struct RateHeaders {
    struct Kind {
        std::optional<double> limit = {}, remaining = {};  // 0 to a thousand million
        std::optional<double> reset_s = {};                // from the reply on; 0 to a day
        bool operator==(const Kind&) const = default;
    };
    Kind requests, tokens;

    bool any() const { return requests != Kind{} || tokens != Kind{}; }
};

// `x-ratelimit-limit-requests`, `-remaining-requests`, `-reset-requests` and the same of tokens
// (OpenAI: platform.openai.com/docs/guides/rate-limits, resets such as "1s", "6m0s", "120ms"), and
// `anthropic-ratelimit-requests-limit`, `-remaining`, `-reset`, and of tokens (Anthropic:
// docs.anthropic.com/en/api/rate-limits, resets as RFC 3339). Resets in plain seconds and as Unix
// time are understood too. A time of day is held against the reply's own Date, else `wall_ms`.
// What cannot be read, or is not in the ranges above, counts as absent.
RateHeaders rate_headers_of(const Reply& reply, std::int64_t wall_ms);

}  // namespace nightshift::http
