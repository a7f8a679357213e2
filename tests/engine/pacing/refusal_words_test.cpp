#include "engine/pacing/refusal_words.hpp"

#include <doctest/doctest.h>

using namespace nightshift;

TEST_CASE("a refusal says what it is about, or nothing") {
    CHECK(scarce_in("Rate limit reached for gpt-5.4 on tokens per min (TPM)") == Scarce::tokens);
    CHECK(scarce_in("This request would exceed the limit of 40,000 input tokens") ==
          Scarce::tokens);
    CHECK(scarce_in("Rate limit reached for gpt-5.4 on requests per min (RPM)") ==
          Scarce::requests);
    CHECK(scarce_in("您已达到请求数限制：1分钟内最多请求60次") == Scarce::requests);
    CHECK(scarce_in("Rate limit reached on concurrent requests") == Scarce::concurrency);
    CHECK(scarce_in("当前模型并发数过高") == Scarce::concurrency);
    CHECK(scarce_in("HTTP 429: Too Many Requests") == Scarce::unknown);
    CHECK(scarce_in("当前分组上游负载已饱和，请稍后再试") == Scarce::unknown);
    CHECK(scarce_in("") == Scarce::unknown);
}
