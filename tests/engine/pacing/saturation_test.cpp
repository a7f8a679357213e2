// A gateway that refuses nothing and answers ever slower. docs/pacing.md, case (i), is the whole
// engine against one.

#include "engine/pacing/saturation.hpp"

#include "base/bounds.hpp"
#include "tests/engine/pacing/governor_stage.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace nightshift;
using namespace nightshift::test;

namespace {

// Answers take longer in proportion to what is in flight beyond `bears`.
std::function<double(int)> slower_above(const int& bears) {
    return [&bears](int in_flight) { return std::max(1.0, double(in_flight) / bears); };
}

}  // namespace

TEST_CASE("texts of mixed lengths do not keep anything from being sent") {
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        CAPTURE(seed);
        GovernorStage stage([](double) { return true; }, seed);
        auto& lane = stage.add();
        lane.work_s = 2;
        lane.sigma = 1;
        stage.run_until(1e6, 8000);

        CHECK(lane.governor.window() >= 64);
        CHECK(stage.now_s() < 1.1 * 8000 * 2.04 / 64);
    }
}

TEST_CASE("texts that become longer do not either") {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        CAPTURE(seed);
        GovernorStage stage([](double) { return true; }, seed);
        auto& lane = stage.add();
        lane.sigma = 1;
        stage.run_until(1e6, 2000);
        lane.work_s = 5;
        const double then_s = stage.now_s();
        stage.run_until(1e6, 6000);

        CHECK(lane.governor.window() >= 64);
        CHECK(stage.now_s() - then_s < 1.15 * 4000 * 5.04 / 64);
    }
}

TEST_CASE("no more are in flight than a gateway answers without getting slower, or twice as many") {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        CAPTURE(seed);
        const int bears = 8;
        GovernorStage stage([](double) { return true; }, seed);
        auto& lane = stage.add();
        lane.work_s = 2;
        lane.sigma = 0.5;
        lane.slowness = slower_above(bears);
        stage.run_until(1e6, 1500);

        double sum = 0;
        for (int i = 0; i < 350; ++i) {
            stage.run_until(1e6, 1500 + 10 * i);
            sum += lane.governor.window();
        }
        CHECK(sum / 350 <= 2.1 * bears);
        CHECK(stage.now_s() < 1.1 * 5000 * 2 / bears);
    }
}

TEST_CASE("when a gateway bears more it gets more") {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        CAPTURE(seed);
        int bears = 8;
        GovernorStage stage([](double) { return true; }, seed);
        auto& lane = stage.add();
        lane.slowness = slower_above(bears);
        stage.run_until(1e6, 3000);
        REQUIRE(lane.governor.window() <= 16);

        bears = 64;
        stage.run_until(1e6, 6000);

        CHECK(lane.governor.window() >= 64);
        const double before_s = stage.now_s();
        stage.run_until(1e6, 8000);
        CHECK(stage.now_s() - before_s < 1.15 * 2000 * 0.54 / 64);
    }
}

TEST_CASE("where the pace holds the lane, answer times say nothing") {
    LimitRule rule;
    rule.requests_per_minute = 600;
    GovernorStage stage([](double) { return true; });
    auto& lane = stage.add(rule);
    lane.work_s = 1;
    stage.run_until(60);
    lane.work_s = 4;
    int least = limits::window_most;
    for (double s = 60; s < 300; s += 0.5) {
        stage.run_until(s);
        if (s > 90) least = std::min(least, lane.governor.window());
    }

    CHECK(least > 40);
}

TEST_CASE("a configured number in flight stays, however slow the answers") {
    const int bears = 4;
    LimitRule rule;
    rule.concurrency = 32;
    GovernorStage stage([](double) { return true; });
    auto& lane = stage.add(rule);
    lane.slowness = slower_above(bears);
    for (int let_in = 0; let_in < 3000; let_in += 20) {
        stage.run_until(1e6, let_in);
        REQUIRE(lane.governor.window() == 32);
    }
}

TEST_CASE("what an earlier run found is where the next begins, and it gets more if that helps") {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        CAPTURE(seed);
        int bears = 8;
        GovernorStage first([](double) { return true; }, seed);
        auto& before = first.add();
        before.slowness = slower_above(bears);
        first.run_until(1e6, 3000);
        const auto learned = before.governor.learned();
        REQUIRE(learned.unslowed >= 8);
        REQUIRE(learned.unslowed <= 16);

        GovernorStage stage([](double) { return true; }, seed);
        auto& lane = stage.add();
        lane.slowness = slower_above(bears);
        lane.governor.begin_with(learned, stage.at(0));
        stage.run_until(1e6, 150);
        CHECK(lane.most_in_flight <= learned.unslowed);
        CHECK(lane.governor.learned().unslowed == learned.unslowed);

        bears = 64;
        stage.run_until(1e6, 4000);
        CHECK(lane.governor.window() >= 64);
    }
}
