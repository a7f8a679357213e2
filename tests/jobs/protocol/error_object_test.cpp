#include "jobs/protocol/error_object.hpp"

#include "jobs/protocol/verdict.hpp"
#include "tests/jobs/scripted_attempt.hpp"

#include <doctest/doctest.h>

using namespace nightshift;
using namespace nightshift::test;

namespace {

const http::Headers gateway = {{"x-oneapi-request-id", "20260521164124123456789c7a1b2d3"}};

}  // namespace

TEST_CASE("every envelope yields its code, type and message") {
    struct Row {
        std::string body, code, type, message, outer_code;
    };
    const Row rows[] = {
        {R"({"error":{"code":null,"type":"t","message":"m"}})", "", "t", "m", ""},
        {R"({"error":{"code":400,"message":"m","status":"INVALID"}})", "400", "INVALID", "m", ""},
        {R"({"type":"error","error":{"type":"overloaded_error","message":"m"}})", "",
         "overloaded_error", "m", ""},
        {R"({"error":"just words"})", "", "", "just words", ""},
        {R"({"code":"invalid_request","message":"提示词为空","data":null})", "invalid_request", "",
         "提示词为空", ""},
        {R"({"success":false,"message":"m"})", "", "", "m", ""},
        {R"({"detail":"Not Found"})", "", "", "Not Found", ""},
        {R"({"code":"fail_to_fetch_task",)"
         R"("message":"{\"error\":{\"code\":\"C\",\"message\":\"n\"}}"})",
         "C", "", "n", "fail_to_fetch_task"},
        {R"({"code":"fail_to_fetch_task",)"
         R"("message":"{\"message\":\"{\\\"code\\\":\\\"C\\\"}\",\"code\":\"D\"}"})",
         "C", "", "{\"code\":\"C\"}", "fail_to_fetch_task"},
        {R"({"code":"ali_api_error","message":"DataInspectionFailed: no"})", "DataInspectionFailed",
         "", "DataInspectionFailed: no", "ali_api_error"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.body);
        const auto error = error_object_of(row.body);
        CHECK(error.present);
        CHECK(error.code == row.code);
        CHECK(error.type == row.type);
        CHECK(error.message == row.message);
        CHECK(error.outer_code == row.outer_code);
    }
}

TEST_CASE("what holds no error is none") {
    for (const std::string body :
         {"", "null", "[]", "{}", "words", R"({"error":null})", R"({"error":{}})",
          R"({"error":""})", R"({"code":"success","message":""})", R"({"code":0})",
          R"({"success":true})"}) {
        CAPTURE(body);
        CHECK(!error_object_of(body).present);
    }
}

TEST_CASE("what a request says in an error is not taken for the error's code") {
    const auto error =
        error_object_of(R"({"error":{"code":"invalid_request","type":"new_api_error",)"
                        R"("message":"bad field {\"error\":{\"code\":\"insufficient_quota\"}}"}})");

    CHECK(error.code == "invalid_request");
}

TEST_CASE("messages are bounded, harmless, and hold no key") {
    const auto body = R"({"error":{"code":"x","message":"no \u001b[31mchannel\u0000 for )"
                      R"(sk-abcDEF123-x and sk-prox***. )" +
                      std::string(5000, 'y') + "\"}}";
    const auto failure = verdict_of_post(replied(503, body, gateway), {.path = "/v1/videos"});

    REQUIRE(failure);
    CHECK(failure->message.starts_with("post /v1/videos: HTTP 503: no "));
    CHECK(failure->message.find('\x1B') == std::string::npos);
    CHECK(failure->message.find("abcDEF") == std::string::npos);
    CHECK(failure->message.find("sk-***") != std::string::npos);
    CHECK(failure->message.size() < 600);
    CHECK(error_object_of(R"({"error":"a risk-free task-1 AIzaSyABC"})").message ==
          "a risk-free task-1 AIza***");
}

TEST_CASE("no body makes the classifier crash") {
    for (const auto& piece :
         {std::string("{\"error\":"), std::string("["), std::string("{\"error\":{"),
          std::string("\"\\ud800\""), std::string("\xC3\x28"), std::string(1, '\0'),
          std::string("1e400"), std::string("{\"code\":"), std::string("{\"message\":\"{\"")}) {
        for (const int times : {1, 2, 5000}) {
            std::string body;
            for (int i = 0; i < times; ++i) body += piece;
            for (const int status : {200, 400, 500}) {
                (void)verdict_of_post(replied(status, body, gateway), {});
                (void)verdict_of_post(replied(status, body), {.group = Group::video});
            }
        }
    }
    CHECK(!error_object_of(std::string(1000000, '[')).present);
}

TEST_CASE("the request id is the gateway's, else a vendor's") {
    CHECK(request_id_of(replied(200, "", {{"x-request-id", "v"}, {"x-oneapi-request-id", "g"}})) ==
          "g");
    CHECK(request_id_of(replied(200, "", {{"request-id", "v"}})) == "v");
    CHECK(request_id_of(replied(200, "")).empty());
}

TEST_CASE("what says success, or stands beside a whole answer, is no error") {
    const std::string answer = R"("choices":[{"message":{"content":"x"},"finish_reason":"stop"}])";
    for (const std::string member :
         {R"("error":{"code":0,"message":""})", R"("error":{"code":0,"message":"success"})",
          R"("error":{"code":0,"message":"done in 3 s"})", R"("error":{"code":"OK","message":""})",
          R"("error":"success")", R"("error":false)", R"("error":"")", R"("error":[])",
          R"("detail":"served by node 7")", R"("code":7,"message":"a remark")"}) {
        CAPTURE(member);
        CHECK_FALSE(error_object_of("{" + answer + "," + member + "}").present);
    }
    for (const std::string body : {R"({"error":{"code":0,"message":"worker died"}})",
                                   R"({"detail":"Too many requests"})", R"({"error":"full"})"}) {
        CAPTURE(body);
        CHECK(error_object_of(body).present);
    }
    CHECK(error_object_of("{" + answer + R"(,"error":{"code":502,"message":"died"}})").present);
}
