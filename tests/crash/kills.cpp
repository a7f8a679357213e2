// Random kills. Each round is a fresh site whose run is killed again and again until it ends by
// itself. Rounds run two at a time: most of a round is waiting.

#include "tests/crash/modes.hpp"
#include "tests/crash/site.hpp"

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <mutex>
#include <random>
#include <thread>

namespace nightshift::test {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int rounds_at_a_time = 3;
constexpr int kills_of_a_round_max = 30;

struct Tally {
    std::atomic<int> kills{0}, rounds{0}, held{0}, resent{0};
    std::atomic<int> lost{0}, unflagged{0}, other{0};
    std::atomic<bool> broken{false};  // the driver itself cannot go on
    std::mutex printing;
};

SitePlan plan_of(const CrashOptions& options, int round) {
    return {.tasks = options.tasks,
            .seed = options.seed + static_cast<std::uint64_t>(round),
            .faults = true};
}

// How long a run takes that nobody kills: the moments to kill at are spread over it.
std::chrono::microseconds undisturbed(const CrashOptions& options) {
    Findings findings;
    const Site site(options.dir / "undisturbed", plan_of(options, 0));
    const auto began = Clock::now();
    const auto ended = site.start()->wait();
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - began);
    site.judge_end(ended.exit_code, ended.err, findings);
    if (findings.any()) throw std::runtime_error("undisturbed run: " + findings.texts.front());
    std::filesystem::remove_all(site.folder());
    return took;
}

// True when the run was killed, false when it had ended by itself.
bool kill_after(const Site& site, std::chrono::microseconds delay, Findings& findings) {
    const auto program = site.start();
    if (program->ends_within(delay)) {
        const auto ended = program->wait();
        site.judge_end(ended.exit_code, ended.err, findings);
        return false;
    }
    program->signal(SIGKILL);
    program->wait();
    site.judge(false, findings);
    return true;
}

void play_round(const CrashOptions& options, int round, std::chrono::microseconds whole,
                Tally& tally) {
    const auto plan = plan_of(options, round);
    const Site site(options.dir / ("seed-" + std::to_string(plan.seed)), plan);
    std::mt19937_64 random(plan.seed);
    std::uniform_int_distribution<std::int64_t> moment(0, whole.count());
    Findings findings;
    for (int kill = 0; kill < kills_of_a_round_max && !findings.any(); ++kill) {
        if (!kill_after(site, std::chrono::microseconds(moment(random)), findings)) break;
        ++tally.kills;
    }
    if (!findings.any()) site.finish(findings);
    ++tally.rounds;
    tally.held += site.held();
    tally.resent += site.resent();
    tally.lost += findings.lost;
    tally.unflagged += findings.unflagged;
    tally.other += findings.other;
    if (!findings.any()) {
        std::filesystem::remove_all(site.folder());
        return;
    }
    const std::lock_guard lock(tally.printing);
    fmt::print("seed {} failed; crash kills --seed {} --count 1 --tasks {}; kept in {}\n",
               plan.seed, plan.seed, plan.tasks, site.folder().string());
    for (const auto& text : findings.texts) fmt::print("  {}\n", text);
}

}  // namespace

int crash_kills(const CrashOptions& options) {
    const auto whole = undisturbed(options);
    Tally tally;
    std::atomic<int> next{0};
    const auto began = Clock::now();
    auto play = [&] {
        try {
            while (tally.kills < options.count && !tally.broken)
                play_round(options, next++, whole, tally);
        } catch (const std::exception& error) {
            ++tally.other;
            tally.broken = true;
            fmt::print(stderr, "crash: {}\n", error.what());
        }
    };
    std::vector<std::thread> players;
    for (int i = 0; i < rounds_at_a_time; ++i) players.emplace_back(play);
    for (auto& player : players) player.join();
    const double seconds = std::chrono::duration<double>(Clock::now() - began).count();
    fmt::print(
        "kills={} lost={} unflagged={} other={} rounds={} held={} resent={} seconds={:.1f} "
        "kills_per_second={:.1f}\n",
        tally.kills.load(), tally.lost.load(), tally.unflagged.load(), tally.other.load(),
        tally.rounds.load(), tally.held.load(), tally.resent.load(), seconds,
        tally.kills / seconds);
    return tally.lost + tally.unflagged + tally.other == 0 ? 0 : 1;
}

}  // namespace nightshift::test
