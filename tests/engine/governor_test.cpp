#include "engine/governor.hpp"

#include "tests/engine/governor_stage.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

using namespace nightshift;
using namespace nightshift::test;

TEST_CASE("a limit that is enforced every second is found, and not taken for chance") {
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        CAPTURE(seed);
        GovernorStage stage(in_each_second(100), seed);
        auto& lane = stage.add();
        stage.run_until(60);

        CHECK(lane.governor.chance() < 0.1);
        CHECK(lane.let_in > 0.9 * 6000);
        CHECK(lane.refused < 0.03 * 6000);
    }
}

TEST_CASE("what a lane leaves when it ends goes to the one that shared the limit with it") {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        CAPTURE(seed);
        GovernorStage stage(in_any_minute(600), seed);
        auto& quick = stage.add();
        auto& slow = stage.add();
        slow.work_s = 2;
        stage.run_until(330);
        quick.has_work = false;
        slow.governor.neighbour_ended(quick.governor, 1, stage.at(stage.now_s()));
        const int before = slow.let_in;
        stage.run_until(450);

        CHECK(slow.let_in - before > 0.9 * 1200);
    }
}

TEST_CASE("a limit of its own is kept when a neighbour ends") {
    GovernorStage other(in_any_minute(600));
    auto& neighbour = other.add();
    other.run_until(330);

    GovernorStage stage(in_any_minute(120));
    auto& lane = stage.add();
    stage.run_until(330);
    const int before = lane.let_in, refused = lane.refused;
    lane.governor.neighbour_ended(neighbour.governor, 1, stage.at(stage.now_s()));
    stage.run_until(450);

    CHECK(lane.let_in - before > 0.9 * 240);
    CHECK(lane.refused - refused < 20);
}
