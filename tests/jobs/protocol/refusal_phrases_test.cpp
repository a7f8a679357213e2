#include "jobs/protocol/refusal_phrases.hpp"

#include "jobs/protocol/verdict.hpp"
#include "tests/jobs/scripted_attempt.hpp"

#include <doctest/doctest.h>

using namespace nightshift;
using namespace nightshift::test;

namespace {

std::optional<Says> said(const char* message, const Refused& refused = {}) {
    return said_in(message, refused);
}

struct Row {
    int status;
    const char* body;
    Kind direct, behind;  // by who answers: a provider itself, or the gateway for it
};

}  // namespace

TEST_CASE("whole phrases count, whatever their case and spaces") {
    CHECK(said("Your CREDIT balance  is too low to access the API.") == Says::quota);
    CHECK(said("账户余额不足，请充值") == Says::quota);
    CHECK(said("API key expired. Please renew the API key.") == Says::credentials);
    CHECK(said("当前分组上游负载已饱和，请稍后再试") == Says::saturated);
    CHECK(said("The model `gpt-gone` does not exist.") == Says::no_model);
    CHECK(said("The model gpt-gone does not exist.", {.model = "gpt-gone"}) == Says::no_model);
    CHECK(said("Rate limit reached: insufficient balance of tokens") == Says::saturated);
    for (const char* none : {"", "messages: roles must alternate", "corporate limits apply",
                             "a balanced diet", "quotation too long", "max_tokens is too large"}) {
        CAPTURE(none);
        CHECK(said(none) == std::nullopt);
    }
}

TEST_CASE("what is quoted, and what the request itself holds, says nothing") {
    CHECK(said("Invalid value: 'insufficient balance'.") == std::nullopt);
    CHECK(said("bad input “余额不足”") == std::nullopt);
    CHECK(said("can't parse \"rate limit\" and `invalid api key`") == std::nullopt);
    CHECK(said("You don't have access: insufficient balance. It's over.") == Says::quota);
    const Refused prompt{.model = "m",
                         .body = R"({"messages":[{"content":"say \u4f59\u989d\u4e0d\u8db3"},)"
                                 R"({"content":["Insufficient  Balance"]}]})"};
    CHECK(said("input rejected: 余额不足", prompt) == std::nullopt);
    CHECK(said("input rejected: insufficient balance", prompt) == std::nullopt);
    CHECK(said("input rejected: out of credits", prompt) == Says::quota);
}

TEST_CASE("phrases decide where codes say nothing, and only for a 4xx") {
    const auto credit =
        R"({"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low"}})";
    const Row rows[] = {
        {400, credit, Kind::quota, Kind::model_unavailable},
        {500, credit, Kind::invalid_request, Kind::invalid_request},
        {400,
         R"({"error":{"message":"This organization has been disabled.","type":"invalid_request_error"}})",
         Kind::credentials, Kind::model_unavailable},
        {400,
         R"({"error":{"code":400,"message":"API key not valid.","status":"INVALID_ARGUMENT","details":[{"reason":"API_KEY_INVALID"}]}})",
         Kind::credentials, Kind::model_unavailable},
        {400,
         R"({"error":{"code":400,"message":"User location is not supported for the API use.","status":"FAILED_PRECONDITION"}})",
         Kind::credentials, Kind::model_unavailable},
        {400,
         R"({"error":{"code":"billing_hard_limit_reached","message":"m","type":"invalid_request_error"}})",
         Kind::quota, Kind::model_unavailable},
        {403, R"({"error":{"message":"账户余额不足","type":"upstream_error"}})", Kind::quota,
         Kind::model_unavailable},
        {400, R"({"error":{"message":"余额不足","type":"new_api_error","code":""}})", Kind::quota,
         Kind::quota},
        {429,
         R"({"error":{"message":"当前分组负载已饱和，请稍后再试","code":"insufficient_quota"}})",
         Kind::rate_limited, Kind::rate_limited},
        {429,
         R"({"error":{"message":"You exceeded your current quota","code":"insufficient_quota"}})",
         Kind::model_unavailable, Kind::model_unavailable},
        {429, R"({"error":{"message":"Your credit balance is too low"}})", Kind::quota,
         Kind::model_unavailable},
        {400, R"({"error":{"message":"请求过于频繁","type":"invalid_request_error"}})",
         Kind::rate_limited, Kind::rate_limited},
        {400, R"({"error":{"message":"max_tokens exceeds the rate limit","code":"invalid_value"}})",
         Kind::invalid_request, Kind::invalid_request},
        {400, R"({"error":{"message":"gpt-gone is not a valid model ID","code":400}})",
         Kind::model_unavailable, Kind::model_unavailable},
        {404, R"({"type":"error","error":{"type":"not_found_error","message":"model: gpt-gone"}})",
         Kind::model_unavailable, Kind::model_unavailable},
        {404, R"({"error":{"message":"No such file: file-1","type":"invalid_request_error"}})",
         Kind::invalid_request, Kind::invalid_request},
        {400,
         R"({"error":{"message":"m","code":"400","innererror":{"code":"ResponsibleAIPolicyViolation"}}})",
         Kind::content_rejected, Kind::content_rejected},
        {400, R"({"error":{"message":"ContentPolicyViolationError: no","code":"400"}})",
         Kind::content_rejected, Kind::content_rejected},
        {403, R"({"error":{"message":"m","type":"rate_limit_error"}})", Kind::rate_limited,
         Kind::rate_limited},
        {200, R"({"error":{"message":"Rate limit exceeded"}})", Kind::rate_limited,
         Kind::rate_limited},
        {200, R"({"error":{"message":"insufficient balance"}})", Kind::server_error,
         Kind::server_error},
    };
    for (const auto& row : rows) {
        CAPTURE(row.body);
        CAPTURE(row.status);
        for (const bool gateway : {false, true}) {
            CAPTURE(gateway);
            http::Headers headers = {{"content-type", "application/json"}};
            if (gateway) headers.emplace_back("x-oneapi-request-id", "1");
            const auto failure = verdict_of_post(replied(row.status, row.body, headers),
                                                 {.path = "/v1/x", .model = "gpt-gone"});
            REQUIRE(failure);
            CHECK(name_of(failure->kind) == name_of(gateway ? row.behind : row.direct));
        }
    }
}

TEST_CASE("an endpoint that is not served is set aside; who never spoke as a gateway is wrong") {
    const auto judged = [](const char* body, Asked asked) {
        asked.path = "/v1/x";
        asked.model = "m";
        return *verdict_of_post(replied(404, body), asked);
    };
    const char* json = R"({"error":{"message":"Not found","type":"invalid_request_error"}})";
    const char* framework = R"({"detail":"Not Found"})";
    const Asked first{.first_contact = true, .endpoint_unknown = true};
    const Asked other{.endpoint_unknown = true};

    CHECK(judged(json, first).kind == Kind::misconfigured);
    CHECK(judged(json, first).endpoint_only);
    CHECK(judged(json, other).endpoint_only);
    CHECK(judged(json, {}).kind == Kind::invalid_request);
    CHECK(judged(R"({"object":"error","message":"nothing here","code":404})", first).endpoint_only);
    CHECK(judged(framework, first).kind == Kind::misconfigured);
    CHECK_FALSE(judged(framework, first).endpoint_only);
    CHECK(judged(framework, other).endpoint_only);
    const char* invalid_url = R"x({"error":{"message":"Invalid URL (POST /v1/x)"}})x";
    CHECK(judged(invalid_url, {}).endpoint_only);
}
