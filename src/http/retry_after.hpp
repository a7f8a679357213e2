// What the headers of a refusal ask the client to wait. Read by ourselves: libcurl's Retry-After is
// 0 for garbage and negative for past dates.

#pragma once

#include "base/text/told_time.hpp"
#include "http/message.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace nightshift::http {

// When a reply was made, in Unix seconds: by its own Date header, else by our clock.
double reply_time_s(const Reply& reply, std::int64_t wall_ms);

// `retry-after-ms` and `x-ms-retry-after-ms` (milliseconds), then `retry-after` and
// `x-retry-after` in every spelling that told_time_of knows.
std::optional<ToldTime> retry_after_in(const Headers& headers);

// The same in seconds, 0 to limits::told_wait_max_s. Nothing for absent or unreadable values.
std::optional<double> retry_after_of(const Reply& reply, std::int64_t wall_ms);

// When the allowance that is used up is filled again, from every family of rate headers:
// `x-ratelimit-reset`, `x-ratelimit-reset-requests`, `anthropic-ratelimit-tokens-reset`,
// `ratelimit-reset`, `x-rate-limit-reset-after`, `ratelimit: ...;r=0;t=3`. What has something left
// by its own `remaining` is not it. Of several that are empty the last counts.
std::optional<ToldTime> reset_in(const Headers& headers);

// The waits that a reply names. The headers' word goes before what the body repeats, a reset after
// it (it is that of a whole window), words for people come last.
class ToldWaits {
public:
    ToldWaits() = default;
    ToldWaits(const Reply& reply, std::int64_t wall_ms);

    // Seconds, 0 to limits::told_wait_max_s. `in_body`: what the error object names; `in_words`:
    // only its message does.
    std::optional<double> seconds(std::optional<ToldTime> in_body = {},
                                  bool in_words = false) const;

private:
    double now_s_ = 0;
    std::optional<ToldTime> retry_after_, reset_;
};

}  // namespace nightshift::http
