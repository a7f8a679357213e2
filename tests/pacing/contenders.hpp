// Who runs a case: ours, with the limits configured or unknown, and what people do today.

#pragma once

#include "tests/pacing/paced_gateway.hpp"

namespace nightshift::test {

struct PacedResult {
    PacedStats stats;
    bool all_done = false;
    double seconds = 0;                        // virtual
    std::vector<std::string> violations = {};  // of ours: what the oracle says of retries
};

// The program's own engine, queue and ledger.
PacedResult run_ours(const PacedCase& the_case, bool limits_known, std::uint64_t seed);

// So many requests in flight, exponential backoff with jitter (1 s, doubled, up to 60 s) for each
// task; videos are polled every 15 s.
PacedResult run_semaphore(const PacedCase& the_case, std::uint64_t seed);

// The same, and a token bucket at 80 % of the true limit in front.
PacedResult run_bucket(const PacedCase& the_case, std::uint64_t seed);

// Knows what goes wrong and when a video is done: the ideal of a case that has no formula.
PacedResult run_clairvoyant(const PacedCase& the_case, std::uint64_t seed);

}  // namespace nightshift::test
