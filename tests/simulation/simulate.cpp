// simulate [--seed N | --first N --seeds M] [--ledgers]
//
// Lives M nights, or the one of seed N with its story. `--ledgers` prints for each night the
// SHA-256 of its ledger, its seed and its story, for scripts/same-behaviour. Ends with 1 when an
// invariant was violated.

#include "tests/simulation/night.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>

using namespace nightshift::test;

namespace {

std::uint64_t number_after(int count, char** words, const char* name, std::uint64_t otherwise) {
    for (int i = 1; i + 1 < count; ++i) {
        if (std::strcmp(words[i], name) == 0) return std::strtoull(words[i + 1], nullptr, 10);
    }
    return otherwise;
}

void print_violations(const NightReport& report) {
    for (const auto& violation : report.violations) {
        fmt::print("seed {}: {}\n", report.seed, violation);
    }
    if (!report.violations.empty()) fmt::print("replay: simulate --seed {}\n", report.seed);
}

int tell_one(std::uint64_t seed) {
    const auto report = live_night(seed);
    fmt::print("{}", report.story);
    fmt::print("{} tasks: {} succeeded, {} failed, {} held; billed {}; {:.1f} virtual hours\n",
               report.tasks, report.succeeded, report.failed, report.held, report.billed,
               report.hours);
    print_violations(report);
    return report.violations.empty() ? 0 : 1;
}

}  // namespace

int main(int count, char** words) {
    const auto seed = number_after(count, words, "--seed", 0);
    if (seed > 0) return tell_one(seed);
    const auto first = number_after(count, words, "--first", 1);
    const auto seeds = number_after(count, words, "--seeds", 1000);
    const bool ledgers = std::any_of(words, words + count, [](const char* word) {
        return std::strcmp(word, "--ledgers") == 0;
    });
    const auto begun = std::chrono::steady_clock::now();
    NightReport all;
    int bad = 0;
    for (std::uint64_t each = first; each < first + seeds; ++each) {
        const auto report = live_night(each);
        print_violations(report);
        if (ledgers) fmt::print("{} {}\n{}", report.ledger_sha256, each, report.story);
        bad += report.violations.empty() ? 0 : 1;
        all.tasks += report.tasks;
        all.succeeded += report.succeeded;
        all.failed += report.failed;
        all.held += report.held;
        all.kills += report.kills;
        all.power_cuts += report.power_cuts;
        all.stops += report.stops;
        all.billed += report.billed;
        all.task_hours += report.task_hours;
        if (bad >= 20) break;
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
    fmt::print(
        "seeds={} violations={} tasks={} succeeded={} failed={} held={} billed={} kills={} "
        "power_cuts={} stops={} task_hours={:.0f} seconds={:.1f}\n",
        seeds, bad, all.tasks, all.succeeded, all.failed, all.held, all.billed, all.kills,
        all.power_cuts, all.stops, all.task_hours, took.count());
    return bad == 0 ? 0 : 1;
}
