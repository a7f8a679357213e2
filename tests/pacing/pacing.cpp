// pacing [--seed N] [--only TEXT]
//
// Runs 5,000 tasks a case (10,000 videos) against hidden limits on virtual time, with the limits
// configured and unknown, and beside it what people do today. Prints the table of docs/pacing.md.

#include "tests/pacing/contenders.hpp"

#include <fmt/format.h>

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
    } else {
        fmt::print(" |");
    }
    fmt::print("{}\n", result.all_done ? "" : " NOT ALL DONE");
    std::fflush(stdout);
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
        "| case | who | makespan / ideal | refused | retries | longest gap | videos |\n"
        "| --- | --- | --- | --- | --- | --- | --- |\n");
    bool all_done = true;
    for (const auto& each : paced_cases(seed)) {
        if (only != nullptr && each.name.find(only) == std::string::npos) continue;
        double ideal_s = each.ideal_s;
        if (ideal_s == 0) ideal_s = run_clairvoyant(each, seed).stats.last_done_s;
        for (const auto* who : {&known, &unknown, &semaphore, &bucket}) {
            if (who == &known && each.known.empty()) continue;
            if (who == &unknown && each.always_known) continue;
            const auto result = who->run(each, seed);
            print_row(each, who->name, result, ideal_s);
            all_done = all_done && result.all_done;
        }
    }
    return all_done ? 0 : 1;
}
