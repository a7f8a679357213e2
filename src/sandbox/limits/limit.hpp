// One hidden limit of the gateway's upstreams: settings only. The file format is
// schemas/sandbox_limits.json; this is its image in memory, with the same names.
#pragma once

#include "sandbox/call/route.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace nightshift::sandbox {

// What a minute is to the limits per minute.
enum class Window {
    sliding,  // any 60 s
    fixed,    // aligned to the clock; the counters start again with each
    bucket,   // refills evenly, so that short bursts are refused
};

// What a call counts for in tokens_per_minute.
enum class TokenCount {
    reserved,  // at acceptance: what goes in and all that may come out
    used,      // at acceptance: what goes in; when the reply is out: what came out
};

// From `after_seconds` after the start of the gateway (and, with `every_seconds`, again after each
// such period) the limits are `factor` times what the file says, until another change.
struct Change {
    double after_seconds = 0;
    double factor = 1;
    std::optional<double> every_seconds;
};

struct Limit {
    std::string model = "*";
    std::vector<Endpoint> endpoints;       // empty: every paid one
    bool per_model = false;                // each model that matches has counters of its own
    std::int64_t requests_per_minute = 0;  // 0 in these four: no limit
    std::int64_t tokens_per_minute = 0;
    std::int64_t concurrency = 0;
    std::int64_t remote_tasks = 0;
    Window window = Window::sliding;  // of the two limits per minute
    double burst_seconds = 1;         // what a bucket holds at most: the refill of that time
    TokenCount tokens = TokenCount::reserved;
    std::vector<Change> changes;
    double latency_seconds = 0;         // more work in every accepted call
    std::int64_t slow_above = 0;        // calls in flight, above which work is slower; 0: never
    double slow_factor = 1;             // how much slower at twice `slow_above`, in addition
    std::string reply = "upstream";     // or "gateway", "empty"
    std::optional<double> retry_after;  // seconds, a header some proxy adds
    bool headers = false;               // good replies say what is left
};

// The four limits as they are at one moment. 0: no limit.
struct Ceilings {
    std::int64_t requests_per_minute = 0;
    std::int64_t tokens_per_minute = 0;
    std::int64_t concurrency = 0;
    std::int64_t remote_tasks = 0;
};

// The limits with the change that came last, so many seconds after the start. Rounded to whole
// numbers; a limit never falls below 1.
Ceilings ceilings_at(const Limit& limit, double seconds_since_start);

// The work of a call that takes `seconds` by itself, with so many calls in flight, it included.
double work_seconds(const Limit& limit, double seconds, std::int64_t in_flight);

// No file, no limits. Throws std::runtime_error with file and key.
std::vector<Limit> read_limits(const std::filesystem::path& file);

}  // namespace nightshift::sandbox
