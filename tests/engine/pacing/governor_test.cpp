#include "engine/pacing/governor.hpp"

#include "tests/engine/pacing/governor_stage.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

using namespace nightshift;
using namespace nightshift::test;

TEST_CASE("a limit that is enforced every second is found, and not taken for chance") {
    double let_in = 0;
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        CAPTURE(seed);
        GovernorStage stage(in_each_second(100), seed);
        auto& lane = stage.add();
        stage.run_until(60);
        let_in += lane.let_in;

        CHECK(lane.governor.chance() < 0.1);
        CHECK(lane.let_in > 0.9 * 6000);
        CHECK(lane.refused < 0.03 * 6000);
    }
    CHECK(let_in / 40 > 0.97 * 6000);
}

TEST_CASE("a limit of half of what -j could send is not answered with ever more requests") {
    for (const double per_s : {10.0, 30.0, 50.0}) {
        CAPTURE(per_s);
        double refused = 0;
        for (std::uint64_t seed = 1; seed <= 20; ++seed) {
            CAPTURE(seed);
            GovernorStage stage(in_each_second(per_s), seed);
            auto& lane = stage.add();
            stage.run_until(60);
            refused += lane.refused;

            CHECK(lane.let_in > 0.85 * 60 * per_s);
            CHECK(lane.refused < 0.5 * 60 * per_s);
        }
        CHECK(refused / 20 < 0.13 * 60 * per_s);
    }
}

TEST_CASE("a run is not slow because some of its first requests are refused by chance") {
    const double ideal_s = 1000 * 1.04 / 64;
    double sum_s = 0;
    for (unsigned refused = 0; refused < 128; ++refused) {  // a bit for each of the first seven
        CAPTURE(refused);
        unsigned number = 0;
        GovernorStage stage([&](double) { return number >= 7 || (refused >> number++ & 1) == 0; });
        auto& lane = stage.add();
        lane.work_s = 1;
        stage.run_until(1000, 1000);
        sum_s += stage.now_s();

        CHECK(stage.now_s() < 1.35 * ideal_s);
    }
    CHECK(sum_s / 128 < 1.15 * ideal_s);
}

TEST_CASE("refusals by chance do not slow a lane down, however large their share") {
    for (const double share : {0.02, 0.1, 0.3}) {
        CAPTURE(share);
        std::vector<double> took_s;
        for (std::uint64_t seed = 1; seed <= 20; ++seed) {
            CAPTURE(seed);
            Random dice(seed);
            GovernorStage stage([&](double) { return dice.unit() >= share; }, seed);
            auto& lane = stage.add();
            lane.work_s = 1;
            stage.run_until(1000, 1000);
            took_s.push_back(stage.now_s());
        }
        std::sort(took_s.begin(), took_s.end());
        const double ideal_s = 1000 * 1.04 / 64;
        CHECK(took_s[10] < 1.15 * ideal_s);
        CHECK(took_s[18] < 1.4 * ideal_s);
        // One that begins with many refusals in a row takes them for a limit at first.
        CHECK(took_s[19] < 2.5 * ideal_s);
    }
}

TEST_CASE("a burst starts at once, and no minute holds more than the limit") {
    LimitRule rule;
    rule.requests_per_minute = 600;
    rule.burst = 100;
    GovernorStage stage(in_any_minute(600));
    auto& lane = stage.add(rule);
    lane.places = 300;
    lane.work_s = 0.1;
    stage.run_until(1);
    CHECK(lane.let_in + lane.in_flight >= 100);
    stage.run_until(180);
    CHECK(lane.refused < 10);
    CHECK(lane.let_in > 0.97 * 1800);
}

TEST_CASE("where a whole window is told, a quarter of it starts at once") {
    http::RateHeaders headers;
    headers.requests = {.limit = 600, .remaining = 590, .reset_s = 55};
    GovernorStage stage(in_any_minute(600));
    auto& lane = stage.add();
    lane.headers = [&](double) { return headers; };
    stage.run_until(60, 300);

    CHECK(stage.now_s() < 15);
    CHECK(lane.refused == 0);
}

TEST_CASE("the first starts are as far apart as an answer takes, and at most 20 ms") {
    const auto begin = Instant{} + std::chrono::hours(1);
    const auto after = [begin](int ms) { return begin + std::chrono::milliseconds(ms); };
    Governor governor{LimitRule{}};
    const auto first = governor.started(begin, 1);
    CHECK(governor.next_start(begin, 1) == after(20));
    governor.answered(first, after(3));
    CHECK(governor.next_start(after(3), 1) == after(3));
    governor.started(after(3), 1);
    CHECK(governor.next_start(after(3), 1) == after(6));
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

TEST_CASE(
    "a limit that headers tell is kept without a wall, and one that they tell too low is left") {
    http::RateHeaders headers;
    SUBCASE("right: no pace has to be found") {
        headers.requests.limit = 600;
        GovernorStage stage(in_any_minute(600));
        auto& lane = stage.add();
        lane.headers = [&](double) { return headers; };
        stage.run_until(300);

        CHECK(lane.refused < 0.01 * 3000);
        CHECK(lane.let_in > 0.93 * 3000);
    }
    SUBCASE("wrong: the pace grows past it") {
        headers.requests.limit = 60;
        GovernorStage stage(in_any_minute(600));
        auto& lane = stage.add();
        lane.headers = [&](double) { return headers; };
        stage.run_until(600);
        const int before = lane.let_in;
        stage.run_until(720);

        CHECK(lane.let_in - before > 0.9 * 1200);
    }
    SUBCASE("of a day: it is no pace") {
        headers.requests = {.limit = 100, .remaining = 50, .reset_s = 40'000};
        GovernorStage stage(in_each_second(100));
        auto& lane = stage.add();
        lane.headers = [&](double) { return headers; };
        stage.run_until(60);

        CHECK(lane.let_in > 0.9 * 6000);
    }
}

TEST_CASE("a configured pace and a learned one stay, whatever headers tell") {
    http::RateHeaders headers;
    headers.requests.limit = 60;
    LimitRule rule;
    rule.requests_per_minute = 600;
    Governor configured(rule);
    configured.told(headers, GovernorStage::at(0));
    CHECK(configured.requests_per_s() == doctest::Approx(10).epsilon(0.02));

    Governor learned{LimitRule{}};
    learned.begin_with({.requests_per_minute = 300, .by_minute = true}, GovernorStage::at(0));
    learned.told(headers, GovernorStage::at(1));
    CHECK(learned.requests_per_s() == doctest::Approx(5));
}

TEST_CASE("nothing starts while headers say that others have used everything up, for a minute") {
    Governor governor{LimitRule{}};
    const auto now = GovernorStage::at(0);
    governor.started(now, 1);
    http::RateHeaders headers;
    headers.requests = {.limit = 500, .remaining = 0, .reset_s = 12};

    governor.told(headers, now);
    CHECK(to_seconds(governor.next_start(now, 1) - now) == doctest::Approx(12));

    headers.requests.reset_s = 80'000;
    governor.told(headers, GovernorStage::at(20));
    CHECK(to_seconds(governor.next_start(GovernorStage::at(20), 1) - now) == doctest::Approx(80));

    SUBCASE("what was used up by this lane alone is what its pace sees to") {
        Governor alone{LimitRule{}};
        for (int i = 0; i < 500; ++i) alone.started(GovernorStage::at(0), 1);
        for (int i = 0; i < 500; ++i) alone.answered(static_cast<std::uint64_t>(i + 1), now);
        headers.requests = {.limit = 500, .remaining = 0, .reset_s = 1};
        alone.told(headers, GovernorStage::at(1));
        const auto next = alone.next_start(GovernorStage::at(1), 1);
        CHECK(next > GovernorStage::at(59));  // as its own minute is over
        CHECK(next < GovernorStage::at(62));
    }
}

TEST_CASE("what a lane has used up by itself, evenly, is no reason to wait for the reset") {
    Governor governor{LimitRule{}};
    for (int i = 0; i < 480; ++i) {
        const double s = i / 8.0;
        governor.answered(governor.started(GovernorStage::at(s), 1), GovernorStage::at(s + 0.1));
    }
    http::RateHeaders headers;
    headers.requests = {.limit = 500, .remaining = 0, .reset_s = 30};

    governor.told(headers, GovernorStage::at(60));

    CHECK(governor.next_start(GovernorStage::at(60), 1) < GovernorStage::at(62));
}

TEST_CASE("replies that were on their way do not make the wait for a reset longer") {
    Governor governor{LimitRule{}};
    const auto now = GovernorStage::at(0);
    governor.started(now, 1);
    http::RateHeaders headers;
    headers.requests = {.limit = 500, .remaining = 0, .reset_s = 12};

    governor.told(headers, now);
    governor.told(headers, GovernorStage::at(5));

    CHECK(to_seconds(governor.next_start(GovernorStage::at(5), 1) - now) == doctest::Approx(12));
}

TEST_CASE("of requests and tokens the scarcer one that headers tell is the pace") {
    http::RateHeaders headers;
    headers.requests.limit = 600;
    headers.tokens.limit = 6000;
    for (const double each : {1.0, 1000.0}) {
        Governor governor{LimitRule{}};
        governor.answered(governor.started(GovernorStage::at(0), each), GovernorStage::at(1));
        governor.told(headers, GovernorStage::at(1));
        const bool by_tokens = each == 1000;
        CHECK(std::isfinite(governor.tokens_per_s()) == by_tokens);
        CHECK(std::isfinite(governor.requests_per_s()) == !by_tokens);
    }
}
