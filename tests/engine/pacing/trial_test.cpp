#include "engine/pacing/trial.hpp"

#include "base/random.hpp"

#include <doctest/doctest.h>

using namespace nightshift;

namespace {

Instant at(double s) {
    return Instant(std::chrono::hours(1)) + seconds(s);
}

// Sends at `per_s`, then at the lower rate; `share(rate)` of them are refused.
template <class Share>
Trial::Verdict outcome(double per_s, Share share, Trial& trial, std::uint64_t seed) {
    Random random(seed);
    double now_s = 0;
    std::uint64_t last = 0;
    trial.begin(at(0), 0);
    for (int i = 0; i < 1000; ++i) {
        const auto verdict = trial.look(at(now_s), last, 0.04);
        if (verdict == Trial::Verdict::lower) {
            per_s = trial.lower_per_s();
        } else if (verdict != Trial::Verdict::open) {
            return verdict;
        }
        ++last;
        now_s += 1 / per_s;
        if (random.unit() < share(per_s)) trial.refused(last);
    }
    return Trial::Verdict::open;
}

}  // namespace

TEST_CASE("what is refused only above some rate is a limit, and the trial says which") {
    Trial trial;
    const auto limit = [](double rate) { return rate > 10 ? 1 - 10 / rate : 0; };
    int right = 0;
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        if (outcome(20, limit, trial, seed) != Trial::Verdict::limit) continue;
        ++right;
        CHECK(trial.let_in_per_s() == doctest::Approx(10).epsilon(0.5));
    }
    CHECK(right >= 45);
}

TEST_CASE("what is refused at any rate is chance") {
    Trial trial;
    int right = 0;
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        const auto verdict = outcome(
            20, [](double) { return 0.25; }, trial, seed);
        if (verdict == Trial::Verdict::chance) ++right;
    }
    CHECK(right >= 43);
    CHECK(trial.chance() == doctest::Approx(0.25).epsilon(0.8));
}

TEST_CASE("one refusal that stays alone changes nothing") {
    Trial trial;
    CHECK(outcome(
              20, [](double) { return 0; }, trial, 1) == Trial::Verdict::passing);
    CHECK_FALSE(trial.is_on());
}
