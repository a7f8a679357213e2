// When a breaker lets pass, as a table of what happens and when.

#include "engine/retry/breaker.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace nightshift;

namespace {

const Breaker::Rule rule{.failures_in_row = 3, .first_pause_s = 10, .longest_pause_s = 50};

Instant at(double s) {
    return Instant(seconds(1000 + s));
}

enum class Do { pass, bad, good };

struct Step {
    double at_s;
    Do what;
    bool passes = false;  // of Do::pass
};

void play(const std::vector<Step>& steps) {
    Random random(3);
    Breaker breaker(rule, random);
    for (const auto& step : steps) {
        CAPTURE(step.at_s);
        if (step.what == Do::pass) {
            CHECK(breaker.may_pass(at(step.at_s)) == step.passes);
        } else {
            breaker.record(step.what == Do::good, at(step.at_s));
        }
    }
}

}  // namespace

TEST_CASE("failures in a row open it, and only those") {
    play({{0, Do::bad},
          {1, Do::bad},
          {2, Do::good},
          {3, Do::bad},
          {4, Do::bad},
          {4.5, Do::pass, true},
          {5, Do::bad},
          {5.1, Do::pass, false},
          {13, Do::pass, false},
          {15.1, Do::pass, true}});
}

TEST_CASE("after the pause one probe passes; its success lets all pass") {
    play({{0, Do::bad},
          {0, Do::bad},
          {0, Do::bad},
          {10, Do::pass, true},
          {10, Do::pass, false},
          {11, Do::good},
          {11, Do::pass, true},
          {11, Do::pass, true},
          {12, Do::bad},
          {12, Do::bad},
          {12, Do::pass, true}});
}

TEST_CASE("a failure that left before it opened says nothing more") {
    play({{0, Do::bad},
          {0, Do::bad},
          {0, Do::bad},
          {5, Do::bad},
          {5, Do::bad},
          {5, Do::bad},
          {10, Do::pass, true}});
}

TEST_CASE("a probe that is never heard of again is followed by another") {
    play({{0, Do::bad},
          {0, Do::bad},
          {0, Do::bad},
          {10, Do::pass, true},
          {19.9, Do::pass, false},
          {20, Do::pass, true},
          {20, Do::pass, false}});
}

TEST_CASE("each failed probe doubles the pause up to the longest; a success starts anew") {
    Random random(5);
    Breaker breaker(rule, random);
    auto now = at(0);
    for (int i = 0; i < 3; ++i) breaker.record(false, now);
    for (const double pause_s : {10.0, 20.0, 40.0, 50.0, 50.0}) {
        CAPTURE(pause_s);
        const auto next = breaker.next_pass(now);
        CHECK(to_seconds(next - now) <= pause_s);
        CHECK(to_seconds(next - now) > 0.9 * pause_s);
        now = next;
        REQUIRE(breaker.may_pass(now));
        breaker.record(false, now);
    }
    now = breaker.next_pass(now);
    REQUIRE(breaker.may_pass(now));
    breaker.record(true, now);
    CHECK(breaker.is_closed());
    CHECK(breaker.next_pass(now) == now);
    for (int i = 0; i < 3; ++i) breaker.record(false, now);
    CHECK(to_seconds(breaker.next_pass(now) - now) <= 10);
}
