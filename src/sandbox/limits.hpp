// The hidden limits of the gateway's upstreams (schemas/sandbox_limits.json).
#pragma once

#include "sandbox/call.hpp"
#include "sandbox/reply.hpp"

#include <cstdint>
#include <deque>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace nightshift::sandbox {

struct Limit {
    std::string model = "*";
    std::vector<Endpoint> endpoints;       // empty: every paid one
    std::int64_t requests_per_minute = 0;  // 0 in these four: no limit
    std::int64_t tokens_per_minute = 0;
    std::int64_t concurrency = 0;
    std::int64_t remote_tasks = 0;
    std::string reply = "upstream";     // or "gateway", "empty"
    std::optional<double> retry_after;  // seconds, a header some proxy adds

    std::int64_t in_flight = 0;
    std::deque<std::pair<std::int64_t, std::int64_t>> spent;  // time in ms, tokens
    std::int64_t tokens = 0;                                  // the sum of `spent`
    std::vector<std::int64_t> tasks_end_ms;                   // of accepted remote tasks
};

class Limits {
public:
    Limits() = default;
    Limits(std::vector<Limit> limits, double speed)
        : limits_(std::move(limits)), window_ms_(60'000.0 / speed) {}

    // The 429 of the first limit that is used up; else takes a place in each that matches, to be
    // given back with `leave` when the reply is out. `tokens` is the estimate for this call.
    std::optional<Reply> enter(const Call& call, std::int64_t tokens, std::int64_t now_ms);
    void leave(const Call& call);

    // A remote task was accepted and ends then.
    void add_task(const Call& call, std::int64_t end_ms);

private:
    std::vector<Limit> limits_;
    double window_ms_ = 60'000;
};

// No file, no limits. Throws std::runtime_error with file and key.
std::vector<Limit> read_limits(const std::filesystem::path& file);

}  // namespace nightshift::sandbox
