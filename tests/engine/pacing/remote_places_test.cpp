#include "engine/pacing/remote_places.hpp"

#include "base/bounds.hpp"

#include <doctest/doctest.h>

using namespace nightshift;

namespace {

Instant at(double s) {
    return Instant(std::chrono::hours(1)) + seconds(s);
}

// A gateway that takes eight was filled, and has refused two more.
RemotePlaces found_eight() {
    RemotePlaces places(std::nullopt);
    for (int i = 1; i <= 8; ++i) places.accepted(i);
    CHECK_FALSE(places.refused(9, at(0)));
    CHECK(places.refused(9, at(0)));
    return places;
}

}  // namespace

TEST_CASE("a configured number of places stays, whatever is refused") {
    RemotePlaces places(20);
    for (int i = 0; i < 10; ++i) CHECK_FALSE(places.refused(9, at(i)));
    CHECK(places.size() == 20);
    CHECK(places.next(20, at(0)) == Instant::max());
}

TEST_CASE("the number of tasks that a gateway takes is found, and one more tried ever less often") {
    auto places = found_eight();
    CHECK(places.size() == 8);
    CHECK(places.next(7, at(1)) == at(1));  // as one has ended
    CHECK(places.next(8, at(1)) == at(60));
    CHECK(places.next(9, at(60)) == Instant::max());  // one at a time

    CHECK(places.refused(9, at(60)));
    CHECK(places.next(8, at(61)) == at(120));
    CHECK(places.refused(9, at(120)));
    CHECK(places.next(8, at(121)) == at(240));
    for (int i = 0; i < 10; ++i) places.refused(9, places.next(8, at(0)));
    CHECK(places.size() == 8);
    const auto last = places.next(8, at(0));
    CHECK(places.refused(9, last));
    CHECK(places.next(8, last) == last + seconds(600));
}

TEST_CASE("when one more is taken after all, the next is tried at once, up to the default") {
    auto places = found_eight();
    places.accepted(8);
    CHECK(places.size() == 8);
    for (int taken = 9; taken < limits::remote_tasks; ++taken) {
        places.accepted(taken);
        CHECK(places.size() == taken);
        CHECK(places.next(taken, at(60)) == at(60));
        CHECK(places.next(taken + 1, at(60)) == Instant::max());  // one at a time
    }
    places.accepted(limits::remote_tasks);
    CHECK(places.size() == limits::remote_tasks);
    CHECK(places.found() == 0);
}

TEST_CASE("a task that had just ended opens one place, not all") {
    auto places = found_eight();
    places.accepted(9);
    CHECK(places.refused(10, at(61)));
    CHECK(places.size() == 9);
    CHECK(places.next(9, at(62)) == at(121));
}

TEST_CASE("a single refusal, or one while nothing is under way, is not about places") {
    RemotePlaces places(std::nullopt);
    for (int i = 0; i < 5; ++i) CHECK_FALSE(places.refused(1, at(i)));
    places.accepted(1);
    CHECK_FALSE(places.refused(2, at(9)));
    places.accepted(2);
    CHECK_FALSE(places.refused(3, at(9)));
    CHECK(places.size() == limits::remote_tasks);
}

TEST_CASE("what an earlier run found holds for a minute, and is open to more after that") {
    RemotePlaces places(std::nullopt);
    CHECK(places.found() == 0);
    places.begin_at(8, at(0));

    CHECK(places.found() == 8);
    CHECK(places.next(7, at(1)) == at(1));
    CHECK(places.next(8, at(1)) == at(60));
    CHECK(places.refused(9, at(60)));
    CHECK(places.next(8, at(61)) == at(120));
    places.accepted(9);
    CHECK(places.size() == 9);
    CHECK(places.next(9, at(61)) == at(61));

    SUBCASE("not so where the number is configured") {
        RemotePlaces known(20);
        known.begin_at(8, at(0));
        CHECK(known.size() == 20);
        CHECK(known.found() == 0);
    }
}
