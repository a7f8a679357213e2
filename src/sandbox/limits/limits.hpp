// The hidden limits of the gateway's upstreams at work. Knows no clock and no socket: every time is
// given by the caller, in milliseconds of one clock of its choice.
#pragma once

#include "sandbox/call/reply.hpp"
#include "sandbox/call/request.hpp"
#include "sandbox/limits/limit.hpp"
#include "sandbox/limits/limit_counter.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace nightshift::sandbox {

class Limits {
public:
    Limits() = default;
    // A minute lasts 60 s divided by `speed`, and so does whatever else is said in seconds. The
    // gateway started at `start_ms`, which the changes of the limits count from.
    Limits(const std::vector<Limit>& limits, double speed, std::int64_t start_ms = 0);

    // The 429 of the first limit that is used up; else takes a place in each that matches, to be
    // given back with `leave`.
    std::optional<Reply> enter(const Call& call, const Estimate& tokens, std::int64_t now_ms);

    // What the upstream says on a good reply of what is left, where a limit has `headers`.
    Headers headers(const Call& call, std::int64_t now_ms);

    // The reply is out, with so many tokens.
    void leave(const Call& call, std::int64_t output_tokens, std::int64_t now_ms);
    void leave(const Call& call) { leave(call, 0, 0); }  // nothing came out

    // A remote task was accepted and ends then.
    void add_task(const Call& call, std::int64_t end_ms);

    // How long the work of an accepted call takes that would take `seconds` (before `speed`) on
    // an upstream of no latency and no load.
    double work_seconds(const Call& call, double seconds) const;

private:
    struct Watched {
        Limit limit;
        std::map<std::string, Gauge> gauges;  // by model, or one under "" for all together
    };

    Gauge& gauge_of(Watched& watched, const Call& call) const;
    Ceilings ceilings_of(const Limit& limit, std::int64_t now_ms) const;

    std::vector<Watched> all_;
    double minute_ms_ = 60'000;
    std::int64_t start_ms_ = 0;
};

}  // namespace nightshift::sandbox
