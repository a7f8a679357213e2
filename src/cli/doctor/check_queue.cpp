// Is the queue sound, and does it belong to this gateway?
#include "cli/doctor/checks.hpp"

#include "cli/input/run_gateway.hpp"

#include <fmt/format.h>

namespace nightshift::cli {
namespace {

std::int64_t count_of(const QueueFacts& facts, State state) {
    const auto found = facts.counts.find(state);
    return found == facts.counts.end() ? 0 : found->second;
}

std::string words_about(const QueueFacts& facts) {
    std::string text;
    for (const auto& [state, count] : facts.counts) {
        if (count == 0) continue;
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, name_of(state));
    }
    return text.empty() ? "empty" : text;
}

}  // namespace

Finding check_queue(const QueueFacts& facts, const std::string& origin) {
    if (!facts.problem.empty()) {
        const auto advice = advice_in(facts.problem, "run its manifest again in another folder");
        return Finding::fail(exit_storage, "queue", advice.what, advice.what_to_do);
    }
    if (!origin.empty() && !facts.origin.empty() && facts.origin != origin) {
        const bool sandbox = facts.origin == sandbox_gateway;
        return Finding::fail(
            exit_usage, "queue",
            fmt::format("{} {}, not {}", facts.dir,
                        sandbox ? "is a sandbox run" : "belongs to " + facts.origin, origin),
            sandbox ? "give the real run another folder"
                    : "use that base URL, or another folder; `run --new-origin` if it moved");
    }
    if (const auto held = count_of(facts, State::held); held > 0) {
        return Finding::warn(
            "queue", fmt::format("sound: {}", words_about(facts)),
            fmt::format("`nightshift retry {} --held` sends the held again, which may pay twice",
                        facts.dir));
    }
    return Finding::ok("queue", fmt::format("sound: {}", words_about(facts)));
}

// Is the run directory free, and did whoever had it end in order?

Finding check_lock(const QueueFacts& facts) {
    if (!facts.holder.empty()) {
        return Finding::fail(exit_in_use, "lock",
                             fmt::format("{} is in use by {}", facts.dir, facts.holder),
                             "wait for it, or stop it and run again");
    }
    if (facts.last_holder.empty()) return Finding::ok("lock", facts.dir + " is free");
    const auto running = facts.counts.find(State::running);
    if (running != facts.counts.end() && running->second > 0) {
        return Finding::warn(
            "lock",
            fmt::format("stale: {} ended in the middle of {} request{}", facts.last_holder,
                        running->second, running->second == 1 ? "" : "s"),
            fmt::format("nothing to remove, the lock is free: `nightshift run -o {}` resumes",
                        facts.dir));
    }
    return Finding::ok("lock", "free; the last to have it was " + facts.last_holder);
}

}  // namespace nightshift::cli
