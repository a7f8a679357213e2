// One case of the benchmark of pacing: tasks, what the gateway hides, what goes wrong by chance,
// and how long an ideal client would take.

#pragma once

#include "model/limit_rule.hpp"
#include "model/price.hpp"
#include "sandbox/limits/limit.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nightshift::test {

struct PacedTask {
    std::string id, endpoint, model, path, body;
    Estimate estimate;
    int output_tokens = 100;  // that its answer will have
    double work_s = 1;        // of its answer; of a video: how long it renders
};

// By chance, 0..1 each, whatever the load.
struct Chances {
    double refused = 0;          // 429, half of them without a body
    double error = 0;            // 5xx
    double reset = 0;            // executed, the reply is lost
    double hung = 0;             // executed, the reply never comes
    double cut = 0;              // a download that ends early
    int refused_most = 1 << 30;  // so many 429 and no more
    double retry_after_s = 0;    // that a 429 asks for; 0: nothing
    // The first four only from then to then.
    double from_s = 0, to_s = 1e9;
};

struct PacedCase {
    std::string name;
    std::vector<PacedTask> tasks;
    std::vector<sandbox::Limit> hidden;
    std::vector<LimitRule> known;    // what a user who knows the limits configures
    bool always_known = false;       // ... and must: the limits are no part of what is to be found
    bool few_a_minute = false;       // requests: a try of more is dear
    bool by_chance_only = false;     // ... is anything refused
    bool places_are_scarce = false;  // fewer places for remote tasks than tasks
    Chances chances;
    double round_trip_s = 0.04;
    double timeout_s = 600;  // of a text
    int bears = 0;           // in flight, without getting slower; 0: any number
    double ideal_s = 0;      // 0: what a client takes that knows everything (contenders.hpp)
    // Of those that people use today.
    int semaphore = 64;         // requests in flight
    double requests_per_s = 0;  // true limit, for the bucket at 80 % of it; 0: none
};

std::vector<PacedCase> paced_cases(std::uint64_t seed);

}  // namespace nightshift::test
