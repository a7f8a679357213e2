#include "engine/pacing/pace.hpp"

#include <doctest/doctest.h>

using namespace nightshift;

namespace {

Instant at(double s) {
    return Instant(std::chrono::hours(1)) + seconds(s);
}

}  // namespace

TEST_CASE("an unbounded pace never waits") {
    Pace pace;

    for (int i = 0; i < 1000; ++i) pace.take(at(0), 1);

    CHECK(pace.next(at(0), 1e9) == at(0));
}

TEST_CASE("starts are evenly spaced, the first at once") {
    Pace pace;
    pace.set(10, at(0));

    CHECK(pace.next(at(0), 1) == at(0));
    pace.take(at(0), 1);
    // What was saved up before the first start is a tenth of a second at most.
    pace.take(pace.next(at(0), 1), 1);
    CHECK(to_seconds(pace.next(at(0), 1) - at(0)) == doctest::Approx(0.1));
}

TEST_CASE("something large waits for what it costs before it starts") {
    Pace pace;
    pace.set(100, at(0));
    pace.take(at(0), 10);

    CHECK(to_seconds(pace.next(at(0), 500) - at(0)) == doctest::Approx(4.9));
}

TEST_CASE("a loop that wakes up late catches up, but saves up no burst") {
    Pace pace;
    pace.set(10, at(0));
    for (int i = 0; i < 5; ++i) pace.take(pace.next(at(0), 1), 1);
    const auto due = pace.next(at(0), 1);

    SUBCASE("a little late: the one after is due when it would have been") {
        pace.take(due + seconds(0.05), 1);
        CHECK(to_seconds(pace.next(due, 1) - due) == doctest::Approx(0.1));
    }
    SUBCASE("an hour late: one more at once, no more") {
        const auto late = due + seconds(3600);
        pace.take(late, 1);
        CHECK(pace.next(late, 1) == late);
        pace.take(late, 1);
        CHECK(pace.next(late, 1) > late);
    }
}

TEST_CASE("what is owed is worked off at the other pace, and may be corrected") {
    Pace pace;
    pace.set(10, at(0));
    for (int i = 0; i < 22; ++i) pace.take(at(0), 1);  // one was saved up
    REQUIRE(to_seconds(pace.next(at(0), 0) - at(0)) == doctest::Approx(2.0));

    SUBCASE("half as fast: twice as long") {
        pace.set(5, at(0));
        CHECK(to_seconds(pace.next(at(0), 0) - at(0)) == doctest::Approx(4.0));
    }
    SUBCASE("it came to ten less") {
        pace.correct(-10);
        CHECK(to_seconds(pace.next(at(0), 0) - at(0)) == doctest::Approx(1.0));
    }
    SUBCASE("it came to ten more") {
        pace.correct(10);
        CHECK(to_seconds(pace.next(at(0), 0) - at(0)) == doctest::Approx(3.0));
    }
}
