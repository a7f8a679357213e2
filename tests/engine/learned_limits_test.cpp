#include "engine/learned_limits.hpp"

#include <doctest/doctest.h>

using namespace nightshift;

TEST_CASE("what was learned is read back as it was written") {
    const LearnedLimits learned{.requests_per_minute = 123.4,
                                .tokens_per_minute = 56780,
                                .concurrency = 9,
                                .by_minute = true};

    CHECK(learned_limits_of(to_json(learned)) == learned);
}

TEST_CASE("what cannot be read was not learned") {
    CHECK(learned_limits_of("") == LearnedLimits{});
    CHECK(learned_limits_of("[1]") == LearnedLimits{});
    CHECK(learned_limits_of(R"({"requests_per_minute":"x","concurrency":-4,"by_minute":3})") ==
          LearnedLimits{});
}
