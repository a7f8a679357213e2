#include "engine/pacing/token_meter.hpp"

#include <doctest/doctest.h>

using namespace nightshift;

namespace {

const Estimate bounded{.input_tokens = 100, .output_tokens_max = 4000};
const Estimate unbounded{.input_tokens = 100};

}  // namespace

TEST_CASE("before a reply is known an answer is taken for a thousand tokens, or its bound") {
    const TokenMeter meter;

    CHECK(meter.before(unbounded, false) == 1100);
    CHECK(meter.before(bounded, false) == 1100);
    CHECK(meter.before({.input_tokens = 100, .output_tokens_max = 50}, false) == 150);
}

TEST_CASE("the lane's answers tell how long the next will be") {
    TokenMeter meter;
    for (int i = 0; i < 100; ++i) meter.learn(i % 2 == 0 ? 100 : 300);

    CHECK(meter.before(bounded, false) == doctest::Approx(300).epsilon(0.1));
    CHECK(meter.before({.input_tokens = 100, .output_tokens_max = 50}, false) == 150);
}

TEST_CASE("a gateway that counts what is reserved is told the bound") {
    TokenMeter meter;
    meter.learn(10);

    CHECK(meter.before(bounded, true) == 4100);
    CHECK(meter.before(unbounded, true) == 1100);
}
