#include "engine/retry/lane_health.hpp"

#include "base/bounds.hpp"

#include <doctest/doctest.h>

using namespace nightshift;

namespace {

Instant at(double s) {
    return Instant(std::chrono::hours(1)) + seconds(s);
}

Failure failed(Kind kind, std::string message) {
    return {.kind = kind, .code = "bad", .message = std::move(message)};
}

}  // namespace

TEST_CASE("a lane that answers nothing but troubles is left alone, then probed") {
    Random random(1);
    LaneHealth lane(random);
    for (int row = 0; row < limits::breaker_rows; ++row) {
        CHECK(lane.may_pass(at(row)));
        lane.had_trouble(row, false, at(row));
    }

    CHECK_FALSE(lane.is_closed());
    CHECK_FALSE(lane.may_pass(at(limits::breaker_rows)));
    const auto next = lane.next_pass(at(limits::breaker_rows));
    CHECK(lane.may_pass(next));        // the probe
    CHECK_FALSE(lane.may_pass(next));  // one at a time

    lane.answered_well(next + seconds(1));
    CHECK(lane.is_closed());
}

TEST_CASE("a few bad tasks do not close a lane to the others") {
    Random random(1);
    LaneHealth lane(random);
    for (int i = 0; i < 100; ++i) lane.had_trouble(i % 3, false, at(i));

    CHECK(lane.is_closed());
}

TEST_CASE("a failed probe costs a task no attempt the first three times") {
    Random random(1);
    LaneHealth lane(random);

    CHECK(lane.is_free_probe(7));
    CHECK(lane.is_free_probe(7));
    CHECK(lane.is_free_probe(7));
    CHECK_FALSE(lane.is_free_probe(7));
    CHECK(lane.is_free_probe(8));
}

TEST_CASE("many failures for one reason in a row are one too many") {
    Random random(1);
    LaneHealth lane(random);
    const auto fails = [&](int from, int to) {
        bool too_many = false;
        for (int i = from; i < to; ++i) {
            const auto words =
                "post /v1/messages: HTTP 400: max_tokens 99" + std::to_string(i) + " is too large";
            too_many = lane.failed_alike(failed(Kind::invalid_request, words)) || too_many;
        }
        return too_many;
    };

    SUBCASE("in a row, whatever numbers the texts name") {
        CHECK_FALSE(fails(1, limits::failures_alike));
        CHECK(fails(1, 2));
    }
    SUBCASE("a success in between begins anew") {
        CHECK_FALSE(fails(1, limits::failures_alike));
        lane.succeeded();
        CHECK_FALSE(fails(1, limits::failures_alike));
    }
    SUBCASE("another reason begins anew") {
        CHECK_FALSE(fails(1, limits::failures_alike));
        CHECK_FALSE(lane.failed_alike(failed(Kind::truncated, "t1: cut")));
        CHECK_FALSE(fails(1, limits::failures_alike));
    }
    SUBCASE("what a provider thinks of one prompt says nothing about the next") {
        for (int i = 0; i < 200; ++i) {
            CHECK_FALSE(lane.failed_alike(failed(Kind::content_rejected, "no")));
        }
    }
}
