// Waits and codes within error objects, as vendors and routers write them.

#include "jobs/protocol/error_details.hpp"

#include <doctest/doctest.h>

using namespace nightshift;

namespace {

std::optional<double> wait_of(const std::string& body) {
    const auto error = error_object_of(body);
    REQUIRE(error.present);
    if (!error.told) return std::nullopt;
    return error.told->wait_s(1'800'000'000);
}

std::optional<double> in_words(const char* message) {
    const auto told = jobs::wait_in_words(message);
    if (!told) return std::nullopt;
    return told->wait_s(1'800'000'000);
}

}  // namespace

TEST_CASE("a wait is found wherever an error object has it") {
    const auto google = [](const std::string& delay) {
        return R"({"error":{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED","details":[)"
               R"({"@type":"type.googleapis.com/google.rpc.Help"},)"
               R"({"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":)" +
               delay + "}]}}";
    };
    CHECK(wait_of(google(R"("3s")")) == 3.0);
    CHECK(wait_of(google(R"("3.5s")")) == 3.5);
    CHECK(wait_of(google(R"({"seconds":3,"nanos":500000000})")) == doctest::Approx(3.5));
    CHECK(wait_of(google(R"({"seconds":"3"})")) == 3.0);
    CHECK(wait_of(google("null")) == std::nullopt);
    CHECK(wait_of(R"({"error":{"message":"m","code":429,"retry_after":7}})") == 7.0);
    CHECK(wait_of(R"({"error":{"message":"m","code":429,"retryAfterMs":2500}})") == 2.5);
    CHECK(wait_of(R"({"error":{"message":"m","code":429},"retry_after":"4"})") == 4.0);
    CHECK(wait_of(R"({"error":{"message":"m","code":429,"metadata":{"headers":{)"
                  R"("X-RateLimit-Remaining":"0","X-RateLimit-Reset":"1800000004000"}}}})") == 4.0);
    CHECK(wait_of(R"({"error":{"message":"m","code":429,"metadata":{"raw":)"
                  R"("{\"error\":{\"retry_after\":6}}"}}})") == 6.0);
    CHECK(wait_of(R"({"error":{"message":"m","code":429,"retry_after":-1}})") == std::nullopt);
    CHECK(wait_of(R"({"error":{"message":"try again in 2s","code":429,"retry_after":9}})") == 9.0);
}

TEST_CASE("the wait that a message names is read in English and Chinese") {
    CHECK(in_words("Limit 30000. Please try again in 3.2s. Visit https://x") == 3.2);
    CHECK(in_words("Please try again in 7m12s.") == 432.0);
    CHECK(in_words("Please try again in 850ms.") == doctest::Approx(0.85));
    CHECK(in_words("Rate limit is exceeded. Try again in 3 seconds.") == 3.0);
    CHECK(in_words("Please retry after 26 seconds.") == 26.0);
    CHECK(in_words("Please retry in 14.3s.") == 14.3);
    CHECK(in_words("You must wait about 2 minutes and 5 seconds") == 125.0);
    CHECK(in_words("请在 3 秒后重试") == 3.0);
    CHECK(in_words("请求过于频繁，请30秒后再试") == 30.0);
    CHECK(in_words("請於 2 分鐘後重試") == 120.0);
    CHECK(in_words("请等待 5 秒") == 5.0);
    CHECK(in_words("Limit resets at 2027-01-15T08:00:30Z.") == 30.0);
    for (const char* none :
         {"try again later", "try again in a moment", "Limit 200, Used 200", "after 3 retries",
          "slow down", "", "try again in 5", "in 2019年后", "retry after -3s"}) {
        CAPTURE(none);
        CHECK(in_words(none) == std::nullopt);
    }
}

TEST_CASE("the status that an error carries is found beside its code") {
    CHECK(error_object_of(R"({"statusCode":429,"message":"m","code":"x"})").status == 429);
    CHECK(error_object_of(R"({"error":{"message":"m","status":429}})").status == 429);
    CHECK(error_object_of(R"({"error":{"message":"m","http_code":"429"}})").status == 429);
    CHECK(error_object_of(R"({"error":{"message":"m","code":"503","status":429}})").status == 503);
    CHECK(error_object_of(R"({"error":{"message":"m","status":"failed"}})").status == 0);
    CHECK(error_object_of(R"({"error":{"message":"m","code":1000}})").status == 0);
}

TEST_CASE("codes within a code are found in their known places, to a bounded depth") {
    const auto inner = [](const std::string& member) {
        return error_object_of(R"({"error":{"message":"m","code":"400",)" + member + "}}")
            .inner_codes;
    };
    using Codes = std::vector<std::string>;
    CHECK(inner(R"("innererror":{"code":"ResponsibleAIPolicyViolation"})") ==
          Codes{"ResponsibleAIPolicyViolation"});
    CHECK(inner(R"("provider_specific_fields":{"innererror":{"code":"P"}})") == Codes{"P"});
    CHECK(inner(R"("details":[{"reason":"API_KEY_INVALID","domain":"googleapis.com"}])") ==
          Codes{"API_KEY_INVALID"});
    CHECK(inner(R"("metadata":{"raw":"{\"error\":{\"code\":\"Q\"}}"})") == Codes{"Q"});
    CHECK(inner(R"("metadata":{"reasons":["violence"]})") == Codes{"violence"});
    CHECK(inner(R"("extra":{"code":"no"})").empty());
    std::string deep = R"({"error":{"message":"m","innererror":)";
    for (int i = 0; i < 40; ++i) deep += R"({"innererror":)";
    deep += R"({"code":"x"})" + std::string(42, '}');
    CHECK(error_object_of(deep).inner_codes.empty());
}
