// Is the run directory free, and did whoever had it end in order?

#include "cli/doctor/checks.hpp"

#include <fmt/format.h>

namespace nightshift::cli {

Finding check_lock(const QueueFacts& facts) {
    if (!facts.holder.empty()) {
        return Finding::fail(exit_in_use, "lock",
                             fmt::format("{} is in use by {}", facts.dir, facts.holder),
                             "wait for it, or stop it and run again");
    }
    if (facts.last_holder.empty()) return Finding::ok("lock", "nobody has " + facts.dir);
    const auto running = facts.counts.find(State::running);
    if (running != facts.counts.end() && running->second > 0) {
        return Finding::warn(
            "lock",
            fmt::format("stale: {} ended in the middle of {} request{}", facts.last_holder,
                        running->second, running->second == 1 ? "" : "s"),
            fmt::format("nothing to remove, nobody holds it: `nightshift run -o {}` resumes",
                        facts.dir));
    }
    return Finding::ok("lock", "free; the last to have it was " + facts.last_holder);
}

}  // namespace nightshift::cli
