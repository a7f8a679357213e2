#include "engine/pacing/learned_limits.hpp"

#include <doctest/doctest.h>

using namespace nightshift;

TEST_CASE("what was learned is read back as it was written") {
    const LearnedLimits learned{.requests_per_minute = 123.4,
                                .tokens_per_minute = 56780,
                                .concurrency = 9,
                                .unslowed = 16,
                                .remote_tasks = 7,
                                .by_minute = true};

    CHECK(learned_limits_of(to_json(learned)) == learned);
}

TEST_CASE("what cannot be read was not learned") {
    CHECK(learned_limits_of("") == LearnedLimits{});
    CHECK(learned_limits_of("[1]") == LearnedLimits{});
    CHECK(learned_limits_of(R"({"requests_per_minute":"x","concurrency":-4,"unslowed":[8],)"
                            R"("remote_tasks":-1,"by_minute":3})") == LearnedLimits{});
}

TEST_CASE("a queue that knows nothing of places and waiting is read as before") {
    const auto learned = learned_limits_of(R"({"requests_per_minute":60,"concurrency":8})");

    CHECK(learned.concurrency == 8);
    CHECK(learned.unslowed == 0);
    CHECK(learned.remote_tasks == 0);
}
