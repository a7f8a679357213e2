#include "engine/money.hpp"

#include "base/random.hpp"

#include <doctest/doctest.h>

#include <deque>

using namespace nightshift;
using Start = Budget::Start;

TEST_CASE("without a budget everything may start") {
    Budget budget{std::nullopt};
    budget.spend(1e12);
    CHECK(budget.may_start(1e12) == Start::yes);
}

TEST_CASE("a task may start when spent, reserved and its estimate fit; to the last cent") {
    Budget budget{10};
    budget.spend(4);
    budget.reserve(1, 3);
    CHECK(budget.may_start(3) == Start::yes);
    CHECK(budget.may_start(3.01) == Start::wait);
    CHECK(budget.may_start(6) == Start::wait);
    CHECK(budget.may_start(6.01) == Start::never);
}

TEST_CASE("what ends gives its reservation back, and a cheaper one makes room") {
    Budget budget{10};
    budget.reserve(1, 6);
    CHECK(budget.may_start(6) == Start::wait);
    budget.release(1);
    budget.spend(2);
    CHECK(budget.may_start(6) == Start::yes);
    budget.release(1);  // a second time changes nothing
    CHECK(budget.reserved() == 0);
}

TEST_CASE("a row that is reserved again counts once") {
    Budget budget{10};
    budget.reserve(1, 6);
    budget.reserve(1, 4);
    CHECK(budget.reserved() == 4);
}

TEST_CASE("a budget of nothing lets only what is free start") {
    const Budget budget{0};
    CHECK(budget.may_start(0) == Start::yes);
    CHECK(budget.may_start(1e-9) == Start::never);
}

TEST_CASE("the errors of adding up do not cost the last task") {
    Budget budget{1};
    for (int i = 0; i < 9; ++i) budget.spend(0.1);
    CHECK(budget.may_start(0.1) == Start::yes);
    Budget thirds{0.3};
    thirds.spend(0.1);
    thirds.spend(0.1);
    CHECK(thirds.may_start(0.1) == Start::yes);
}

TEST_CASE("whatever the order and the costs, up to each estimate, the budget is never passed") {
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        Random random(seed);
        const double most = random.between(1, 50);
        Budget budget{most};
        std::deque<std::pair<std::int64_t, double>> in_flight;
        for (std::int64_t row = 1; row < 300; ++row) {
            const double estimate = random.between(0, 3);
            const auto start = budget.may_start(estimate);
            if (start == Start::yes) {
                budget.reserve(row, estimate);
                in_flight.emplace_back(row, estimate);
            }
            if (start == Start::wait) CHECK_FALSE(in_flight.empty());
            if (in_flight.empty() || (start == Start::yes && random.unit() < 0.5)) continue;
            const auto [ended, amount] = in_flight.front();
            in_flight.pop_front();
            budget.release(ended);
            budget.spend(random.unit() < 0.5 ? amount : amount * random.unit());
        }
        for (const auto& [row, amount] : in_flight) budget.spend(amount);
        CHECK(budget.spent() <= most * (1 + 1e-9));
    }
}
