#include "engine/pacing/flow.hpp"

#include <doctest/doctest.h>

using namespace nightshift;

namespace {

Instant at(double s) {
    return Instant(std::chrono::hours(1)) + seconds(s);
}

}  // namespace

TEST_CASE("what started lately is counted, of the oldest slice only its part") {
    Flow flow;
    for (int i = 0; i < 100; ++i) flow.add(at(i * 0.1), 5);  // ten seconds, ten a second

    CHECK(flow.last(60, at(10)).count == doctest::Approx(100));
    CHECK(flow.last(60, at(10)).tokens == doctest::Approx(500));
    CHECK(flow.last(4, at(10)).count == doctest::Approx(40).epsilon(0.05));
    CHECK(flow.last(4.1, at(10)).count == doctest::Approx(41).epsilon(0.05));
    CHECK(flow.last(5, at(100)).count == 0);
}

TEST_CASE("what has let in nothing allocates nothing, and says so") {
    Flow flow;
    CHECK(flow.allocated_bytes() == 0);
    CHECK(flow.last(60, at(10)).count == 0);
    CHECK(flow.when_at_most(0, false, at(10)) == at(10));
    flow.scale_tokens(2);
    Flow other;
    other.add(flow, 0.5);
    CHECK(other.allocated_bytes() == 0);
    flow.add(at(0), 1);
    CHECK(flow.allocated_bytes() > 0);
}

TEST_CASE("what was refused or cost less is taken out again") {
    Flow flow;
    flow.add(at(0), 100);
    flow.add(at(1), 100);

    flow.remove(at(0), 100);
    flow.correct(at(1), -30);

    CHECK(flow.last(60, at(2)).count == 1);
    CHECK(flow.last(60, at(2)).tokens == 70);
}

TEST_CASE("what is older than the memory is forgotten, not counted elsewhere") {
    Flow flow;
    flow.add(at(0), 1);
    flow.add(at(1000), 1);
    flow.add(at(0), 1);  // too late to be told

    CHECK(flow.last(Flow::longest_s, at(1000)).count == 1);
}

TEST_CASE("room in the minute is there as its oldest leave it") {
    Flow flow;
    for (int i = 0; i < 60; ++i) flow.add(at(i), 10);  // one a second

    CHECK(flow.when_at_most(60, false, at(59)) == at(59));
    const double one_left_s = to_seconds(flow.when_at_most(59, false, at(59)) - at(0));
    CHECK(one_left_s >= 60);
    CHECK(one_left_s <= 60.5);
    const double half_s = to_seconds(flow.when_at_most(300, true, at(59)) - at(0));
    CHECK(half_s >= 89);
    CHECK(half_s <= 90.5);
}
