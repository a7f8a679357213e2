#include "engine/retry/retry.hpp"

#include <doctest/doctest.h>

using namespace nightshift;

namespace {

Instant at(double s) {
    return Instant(std::chrono::hours(1)) + seconds(s);
}

int retries_until_enough(RetryBudget& budget, Instant now) {
    int made = 0;
    for (; made < 100'000 && budget.allows_retry(now, false); ++made) budget.retry(now);
    return made;
}

}  // namespace

TEST_CASE("a tenth of the first tries of two minutes may be tried again") {
    RetryBudget budget;
    for (int i = 0; i < 5000; ++i) budget.first_try(at(i * 0.02));

    CHECK(retries_until_enough(budget, at(103)) == 500);
    CHECK_FALSE(budget.allows_retry(at(110), false));
}

TEST_CASE("what left a moment ago makes no room yet: it may be refused") {
    RetryBudget budget;
    for (int i = 0; i < 2000; ++i) budget.first_try(at(i * 0.01));
    for (int i = 0; i < 1000; ++i) budget.first_try(at(30));

    CHECK(retries_until_enough(budget, at(31)) == 200);
    CHECK(retries_until_enough(budget, at(33)) == 100);
}

TEST_CASE("a small run retries as it likes, up to a hundred") {
    RetryBudget budget;
    for (int i = 0; i < 10; ++i) budget.first_try(at(i));

    CHECK(retries_until_enough(budget, at(10)) == 100);
}

TEST_CASE("in a tail a retry that succeeds makes room for another") {
    RetryBudget budget;
    for (int i = 0; i < 3000; ++i) {
        REQUIRE(budget.allows_retry(at(i * 0.01), true));
        budget.retry(at(i * 0.01));
        budget.retry_succeeded(at(i * 0.01));
    }

    SUBCASE("not so while first tries are left") {
        CHECK_FALSE(budget.allows_retry(at(30), false));
    }
    SUBCASE("nor while many were made lately") {
        for (int i = 0; i < 2000; ++i) budget.first_try(at(30));
        CHECK_FALSE(budget.allows_retry(at(30), true));
    }
}

TEST_CASE("after two minutes there is room again") {
    RetryBudget budget;
    REQUIRE(retries_until_enough(budget, at(0)) == 100);

    CHECK_FALSE(budget.allows_retry(at(119), false));
    CHECK(budget.allows_retry(at(121), false));
}

TEST_CASE("first tries that are refused for the rate make no room for retries") {
    RetryBudget budget;
    for (int i = 0; i < 10'000; ++i) {
        budget.first_try(at(i * 0.01));
        if (i % 5 > 0) budget.first_try_refused(at(i * 0.01 + 0.1));
    }

    CHECK(retries_until_enough(budget, at(103)) == 200);
}
