// What the videos of one lane share while they are waited for: the plan of their polls, the
// breaker that pauses them all when polls fail, and who is oldest.

#pragma once

#include "base/bounds.hpp"
#include "base/clock.hpp"
#include "engine/polling/poll_plan.hpp"
#include "engine/retry/breaker.hpp"

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <utility>

namespace nightshift {

struct LanePolls {
    LanePolls(double poll_interval_s, Random& random)
        : plan(poll_interval_s),
          breaker({.failures_in_row = limits::poll_failures,
                   .first_pause_s = poll_interval_s,
                   .longest_pause_s = limits::poll_pause_intervals * poll_interval_s},
                  random) {}

    // A video that the gateway has: when it was accepted, and its row.
    using Video = std::pair<Instant, std::int64_t>;

    PollPlan plan;
    Breaker breaker;
    Instant quiet_until = Instant::min();  // the gateway asked for no polls before that
    std::set<Video> under_way;
    // Whether a task could start if a video made room for it.
    std::function<bool()> wanted = [] { return false; };
    std::string saved;  // what the queue knows of the plan

    bool is_scout(const Video& video) const {
        int older = 0;
        for (const auto& each : under_way) {
            if (each == video) return true;
            if (++older == limits::poll_scouts) break;
        }
        return false;
    }
};

}  // namespace nightshift
