// pacing [--seed N] [--only TEXT] [--check]
//
// Runs 5,000 tasks a case (10,000 videos) against hidden limits on virtual time, with the limits
// configured and unknown, and beside it what people do today. Prints the table of docs/pacing.md.
// --check runs ours only, and ends with 1 when a target is missed or there are more retries than
// the oracle allows (I8).

#include "tests/pacing/contenders.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <functional>

using namespace nightshift::test;

namespace {

struct Contender {
    const char* name;
    std::function<PacedResult(const PacedCase&, std::uint64_t)> run;
};

const char* word_after(int count, char** words, const char* name) {
    for (int i = 1; i + 1 < count; ++i) {
        if (std::strcmp(words[i], name) == 0) return words[i + 1];
    }
    return nullptr;
}

void print_row(const PacedCase& each, const char* who, const PacedResult& result, double ideal_s) {
    const auto& stats = result.stats;
    const double posts = stats.posts;
    fmt::print("| {} | {} | {:.3f} | {:.2f} % | {:.2f} % | {:.0f} s |", each.name, who,
               stats.last_done_s / ideal_s, 100 * stats.refused / posts,
               100 * stats.retries / posts, stats.longest_gap_s);
    if (stats.noticed > 0) {
        fmt::print(" {:.1f} polls, {:.1f} s late |", double(stats.polls) / stats.noticed,
                   stats.lateness_s / stats.noticed);
    } else if (each.bears > 0) {
        fmt::print(" {:.1f} in flight |", stats.in_flight_s / stats.last_done_s);
    } else {
        fmt::print(" |");
    }
    fmt::print("{}\n", result.all_done ? "" : " NOT ALL DONE");
    std::fflush(stdout);
}

// What ours must come to.
struct Target {
    double makespan = 0, refused = 0;  // at most; refused as a share of all POSTs
};
constexpr Target known_target{1.03, 0.005}, unknown_target{1.10, 0.03};
constexpr double polls_target = 26.5 / 3, lateness_target_s = 30;
// Where places are scarce a finished video holds its place until it is noticed, and fewer polls
// mean noticing later: with a third of the polls no plan comes much nearer than this.
constexpr double places_makespan = 1.04;
// Where a limit is a few a minute, a try of more costs one refusal in a hundred requests, so that
// they are an hour apart and a rise is noticed late.
constexpr double few_makespan = 1.06, few_unknown_makespan = 1.20;
// Whoever does not know yet that refusals are by chance has to try, which few tasks do not
// outweigh.
constexpr double chance_makespan = 1.05, chance_few_makespan = 1.30;
// ... and the first wait that a refusal names is kept by the whole lane: a second of five.
constexpr double chance_few_told_makespan = 1.43;
// Sizes are tried by halves, so twice what the gateway bears is where one may come to rest. The
// mean is of the whole run, with its beginning, where all of -j are in flight, and later tries of
// more.
constexpr double in_flight_target = 2.25;

bool is_met(const PacedCase& each, const PacedResult& result, double ideal_s,
            const Target& target) {
    const auto& stats = result.stats;
    bool met = result.all_done && result.violations.empty() &&
               stats.last_done_s <= target.makespan * ideal_s &&
               stats.refused <= target.refused * stats.posts;
    if (stats.noticed > 0) {
        met = met && stats.polls <= polls_target * stats.noticed &&
              stats.lateness_s <= lateness_target_s * stats.noticed;
    }
    if (each.bears > 0) {
        met = met && stats.in_flight_s <= in_flight_target * each.bears * stats.last_done_s;
    }
    return met;
}

bool has(int count, char** words, const char* name) {
    return std::any_of(words + 1, words + count,
                       [name](const char* word) { return std::strcmp(word, name) == 0; });
}

}  // namespace

int main(int count, char** words) {
    const auto* seed_word = word_after(count, words, "--seed");
    const auto seed = seed_word != nullptr ? std::strtoull(seed_word, nullptr, 10) : 1;
    const auto* only = word_after(count, words, "--only");
    const Contender unknown{"ours, unknown", [](const PacedCase& each, std::uint64_t s) {
                                return run_ours(each, each.always_known, s);
                            }};
    const Contender known{"ours, configured", [](const PacedCase& each, std::uint64_t s) {
                              return run_ours(each, true, s);
                          }};
    const Contender semaphore{"semaphore", run_semaphore};
    const Contender bucket{"bucket at 80 %", run_bucket};
    fmt::print(
        "| case | who | makespan / ideal | refused | retries | longest gap | besides |\n"
        "| --- | --- | --- | --- | --- | --- | --- |\n");
    const bool check = has(count, words, "--check");
    bool good = true;
    for (const auto& each : paced_cases(seed)) {
        if (only != nullptr && each.name.find(only) == std::string::npos) continue;
        double ideal_s = each.ideal_s;
        if (ideal_s == 0) ideal_s = run_clairvoyant(each, seed).stats.last_done_s;
        for (const auto* who : {&known, &unknown, &semaphore, &bucket}) {
            if (who == &known && each.known.empty()) continue;
            if (who == &unknown && each.always_known) continue;
            const bool ours = who == &known || who == &unknown;
            if (check && !ours) continue;
            const auto result = who->run(each, seed);
            print_row(each, who->name, result, ideal_s);
            auto target = who == &known ? known_target : unknown_target;
            if (each.places_are_scarce) target.makespan = places_makespan;
            if (each.few_a_minute) {
                target.makespan = who == &known ? few_makespan : few_unknown_makespan;
            }
            if (each.by_chance_only) {
                const bool few = each.tasks.size() < 1000;
                const double few_most =
                    each.chances.retry_after_s > 0 ? chance_few_told_makespan : chance_few_makespan;
                target.makespan = few ? few_most : chance_makespan;
            }
            if (!ours || is_met(each, result, ideal_s, target)) continue;
            fmt::print("the row above misses its target\n");
            for (const auto& violation : result.violations) fmt::print("{}\n", violation);
            good = false;
        }
    }
    return good || !check ? 0 : 1;
}
