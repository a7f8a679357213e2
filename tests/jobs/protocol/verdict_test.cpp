#include "jobs/protocol/verdict.hpp"

#include "tests/jobs/scripted_attempt.hpp"

#include <doctest/doctest.h>

using namespace nightshift;
using namespace nightshift::test;
using http::Trouble;

namespace {

const http::Headers gateway = {{"content-type", "application/json; charset=utf-8"},
                               {"x-oneapi-request-id", "20260521164124123456789c7a1b2d3"}};

struct Row {
    int status;
    std::string body;
    Kind kind;
    Billing billing = Billing::none;
    Group group = Group::text;
    http::Headers headers = gateway;
    bool first_contact = false;
};

void check(const Row& row) {
    CAPTURE(row.status);
    CAPTURE(row.body);
    const auto failure = verdict_of_post(
        replied(row.status, row.body, row.headers),
        {.group = row.group, .first_contact = row.first_contact, .path = "/v1/x?key=sk-secret"});
    REQUIRE(failure);
    CHECK(name_of(failure->kind) == name_of(row.kind));
    CHECK(failure->billing == row.billing);
    CHECK(failure->http_status == row.status);
    CHECK(failure->message.starts_with("post /v1/x: HTTP "));
}

std::string error(const std::string& code, const std::string& type,
                  const std::string& words = "m") {
    return R"({"error":{"code":)" + code + R"(,"type":")" + type + R"(","message":")" + words +
           R"(","param":""}})";
}

std::string flat(const std::string& code, const std::string& words) {
    return R"({"code":")" + code + R"(","message":")" + words + R"(","data":null})";
}

const std::string own = "new_api_error";

}  // namespace

TEST_CASE("the gateway's codes beat its numbers") {
    const Row rows[] = {
        {403, error(R"("insufficient_user_quota")", own), Kind::quota},
        {403, error(R"("pre_consume_token_quota_failed")", own), Kind::quota},
        {403, error(R"("access_denied")", own), Kind::credentials},
        {503, error(R"("model_not_found")", own), Kind::model_unavailable},
        {500, error(R"("get_channel_failed")", own), Kind::server_error},
        {503, error(R"("system_disk_overloaded")", own), Kind::overloaded},
        {500, error(R"("do_request_failed")", own), Kind::server_error},
        {500, error(R"("invalid_request")", own), Kind::invalid_request},
        {500, error(R"("sensitive_words_detected")", own), Kind::content_rejected},
        {400, error(R"("prompt_blocked")", own), Kind::content_rejected},
        {400, error(R"("model_price_error")", own), Kind::model_unavailable},
        {500, error(R"("convert_request_failed")", own), Kind::invalid_request},
        {500, error(R"("channel:invalid_key")", own), Kind::model_unavailable},
        {413, error(R"("read_request_body_failed")", own), Kind::invalid_request},
        {501, error(R"("api_not_implemented")", own), Kind::misconfigured},
        {500, error(R"("")", "new_api_panic"), Kind::server_error},
        {500, error(R"("query_data_error")", own), Kind::server_error},
        {500, error(R"("bad_response_body")", own), Kind::server_error},
        {503, error("null", own, "system cpu overloaded"), Kind::overloaded},
        {500, error(R"("")", own, "数据库错误"), Kind::server_error},
    };
    for (const auto& row : rows) check(row);
}

TEST_CASE("upstreams' codes and types are understood in every spelling") {
    const Row rows[] = {
        {429, error(R"("rate_limit_exceeded")", "tokens"), Kind::rate_limited},
        {400, error(R"("Throttling.User")", "upstream_error"), Kind::rate_limited},
        {500, error("null", "overloaded_error"), Kind::overloaded},
        {400, error(R"("moderation_blocked")", "shell_api_error"), Kind::content_rejected},
        {400, error(R"("content_policy_violation")", ""), Kind::content_rejected},
        {400, error(R"("OutputVideoSensitiveContentDetected")", "BadRequest"),
         Kind::content_rejected},
        {400, error(R"("DataInspectionFailed")", ""), Kind::content_rejected},
        {500, error(R"("InvalidParameter.Size")", ""), Kind::invalid_request},
        {500, error("null", "invalid_request_error"), Kind::invalid_request},
        {400, error(R"("unsupported_parameter")", "x"), Kind::invalid_request},
        {400, error("400", "upstream_error"), Kind::invalid_request},
        {500, error("429", "upstream_error"), Kind::rate_limited},
        {200, error("503", "upstream_error"), Kind::overloaded},
        {529, error("null", "<nil>", "Overloaded"), Kind::overloaded},
        {504, error(R"("bad_response_status_code")", "bad_response_status_code"), Kind::timeout,
         Billing::unknown},
        {418, error("null", "", "teapot"), Kind::invalid_request},
        {409, error("null", "", "busy"), Kind::server_error},
        {429, R"({"error":{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED"}})",
         Kind::rate_limited},
        {400, R"([{"error":{"code":400,"message":"m","status":"INVALID_ARGUMENT"}}])",
         Kind::invalid_request},
        {500,
         R"({"type":"error","error":{"type":"<nil>","message":"sensitive_words_detected id r"}})",
         Kind::content_rejected},
    };
    for (const auto& row : rows) check(row);
}

TEST_CASE("401, 402 and 403 are ours only when the gateway says so itself") {
    const http::Headers nobody = {};
    const Row rows[] = {
        {401, error(R"("")", own, "無效的令牌"), Kind::credentials},
        {401, error(R"("invalid_api_key")", "invalid_request_error"), Kind::model_unavailable},
        {401, error("null", "<nil>"), Kind::model_unavailable},
        {401, "", Kind::model_unavailable},
        {401, error(R"("invalid_api_key")", "invalid_request_error"), Kind::credentials,
         Billing::none, Group::text, nobody},
        {401, "", Kind::credentials, Billing::none, Group::text, nobody},
        {401, "<html>401</html>", Kind::credentials, Billing::none, Group::text, nobody, true},
        {401, flat("fail_to_fetch_task", R"({\"code\":\"InvalidApiKey\"})"),
         Kind::model_unavailable, Billing::none, Group::video},
        {402, error("null", own), Kind::quota},
        {402, error("null", "upstream_error"), Kind::model_unavailable},
        {403, error(R"("")", own, "该令牌无权访问模型 gpt-5.4"), Kind::model_unavailable},
        {403, error(R"("")", own, "has no access to model gpt-5.4"), Kind::model_unavailable},
        {403, error(R"("")", own, "has no access to any model"), Kind::credentials},
        {403, error(R"("")", own, "用户已被封禁"), Kind::credentials},
        {403, error("null", own, "user quota is not enough"), Kind::quota},
        {403, error("null", own, "用戶額度不足"), Kind::quota},
        {403, error(R"("bad_response_status_code")", "bad_response_status_code"),
         Kind::model_unavailable},
        {403, error("null", "permission_error"), Kind::model_unavailable},
        {403, error(R"("insufficient_user_quota")", "upstream_error"), Kind::model_unavailable},
        {403, flat("insufficient_user_quota", "x"), Kind::quota, Billing::none, Group::video},
        {429, error(R"("insufficient_quota")", "insufficient_quota"), Kind::model_unavailable},
        {429, error("null", "exceeded_current_quota_error"), Kind::model_unavailable},
    };
    for (const auto& row : rows) check(row);
}

TEST_CASE("MiniMax says everything with a number") {
    auto body = [](const std::string& number) {
        return error(R"("bad_response")", own, "minimax TTS error: " + number + " - text (id r)");
    };
    const Row rows[] = {
        {400, body("1000"), Kind::server_error},
        {400, body("1001"), Kind::timeout},
        {400, body("1002"), Kind::rate_limited},
        {400, body("1024"), Kind::server_error},
        {400, body("1004"), Kind::model_unavailable},
        {400, body("1008"), Kind::model_unavailable},
        {400, body("2013"), Kind::invalid_request},
        {400, body("1026"), Kind::content_rejected},
        {400, error(R"("bad_response")", own, "no"), Kind::invalid_request},
    };
    for (const auto& row : rows) check(row);
}

TEST_CASE("a page instead of JSON proves nothing about what was done") {
    const http::Headers nginx = {{"content-type", "text/html"}};
    const std::string page = "<html><title>Oops &amp; more</title></html>";
    const Row rows[] = {
        {502, page, Kind::server_error, Billing::unknown, Group::text, nginx},
        {503, "no healthy upstream", Kind::server_error, Billing::unknown, Group::text, nginx},
        {504, page, Kind::timeout, Billing::unknown, Group::image, nginx},
        {522, page, Kind::timeout, Billing::unknown, Group::text, nginx},
        {524, "", Kind::timeout, Billing::unknown, Group::speech, nginx},
        {520, page, Kind::server_error, Billing::unknown, Group::video, nginx},
        {408, page, Kind::timeout, Billing::unknown, Group::text, nginx},
        {500, "", Kind::server_error, Billing::unknown, Group::text, nginx},
        {429, page, Kind::rate_limited, Billing::none, Group::text, nginx},
        {429, "", Kind::rate_limited, Billing::none, Group::video, {}},
        {413, page, Kind::invalid_request, Billing::none, Group::text, nginx},
        {401, page, Kind::bad_reply, Billing::none, Group::text, nginx},
        {403, page, Kind::bad_reply, Billing::none, Group::image, nginx},
        {404, page, Kind::bad_reply, Billing::none, Group::video, nginx},
        {405, page, Kind::bad_reply, Billing::none, Group::speech, nginx},
        {403, "error code: 1020", Kind::bad_reply, Billing::none, Group::text, {}},
        {403, page, Kind::misconfigured, Billing::none, Group::text, nginx, true},
        {404, page, Kind::misconfigured, Billing::none, Group::text, nginx, true},
        {400, page, Kind::misconfigured, Billing::none, Group::text, nginx, true},
        {400, page, Kind::invalid_request, Billing::none, Group::text, nginx},
        {400, "no", Kind::invalid_request, Billing::none, Group::text, nginx, true},
        {501, page, Kind::misconfigured, Billing::none, Group::text, nginx, true},
        {501, page, Kind::invalid_request, Billing::none, Group::text, nginx},
        {501,
         R"({"detail":"Not Implemented"})",
         Kind::misconfigured,
         Billing::none,
         Group::text,
         {},
         true},
        {404,
         R"({"detail":"Not Found"})",
         Kind::misconfigured,
         Billing::none,
         Group::text,
         {},
         true},
        {404, error("null", "", "Invalid URL (POST /v1/x)"), Kind::misconfigured},
        {200, page, Kind::misconfigured, Billing::none, Group::text, nginx, true},
        {200, "\xEF\xBB\xBF \n<!DOCTYPE html><html>", Kind::bad_reply, Billing::unknown,
         Group::text, nginx},
        {301,
         "",
         Kind::misconfigured,
         Billing::none,
         Group::text,
         {{"location", "https://b.example/v1/x/"}}},
        {502, std::string("\0\xFF\x1B[31m", 7), Kind::server_error, Billing::unknown},
    };
    for (const auto& row : rows) check(row);
}

TEST_CASE("which parsed refusals of a video submit leave it open if the video exists") {
    auto row = [](int status, std::string body, Kind kind, Billing billing) {
        return Row{status, std::move(body), kind, billing, Group::video};
    };
    const auto unknown = Billing::unknown;
    const auto none = Billing::none;
    const Row rows[] = {
        row(500, flat("do_request_failed", "x"), Kind::server_error, unknown),
        row(500, error(R"("do_request_failed")", own), Kind::server_error, unknown),
        row(500, flat("bad_response_body", "x"), Kind::server_error, unknown),
        row(500, flat("read_response_body_failed", "x"), Kind::server_error, unknown),
        row(500, flat("unmarshal_response_body_failed", "x"), Kind::server_error, unknown),
        row(500, flat("empty_response", "x"), Kind::server_error, unknown),
        row(500, flat("invalid_response", "x"), Kind::server_error, unknown),
        row(504, error("null", "upstream_error"), Kind::timeout, unknown),
        row(408, error("null", own), Kind::timeout, unknown),
        row(524, flat("fail_to_fetch_task", "x"), Kind::timeout, unknown),
        row(202, flat("fail_to_fetch_task", R"({\"output\":{\"task_id\":\"a\"}})"),
            Kind::server_error, unknown),
        row(500, flat("fail_to_fetch_task", R"({\"error\":{\"code\":\"InternalServiceError\"}})"),
            Kind::server_error, unknown),
        row(503, flat("fail_to_fetch_task", "<html>"), Kind::overloaded, unknown),
        row(200, R"({"error":"strange"})", Kind::server_error, unknown),
        row(500, flat("fail_to_fetch_task", R"({\"code\":\"DataInspectionFailed\"})"),
            Kind::content_rejected, none),
        row(400,
            flat("fail_to_fetch_task",
                 R"({\"error\":{\"code\":\"InputImageSensitiveContentDetected\"}})"),
            Kind::content_rejected, none),
        row(400, flat("fail_to_fetch_task", "plain words"), Kind::invalid_request, none),
        row(429, flat("fail_to_fetch_task", "当前分组上游负载已饱和，请稍后再试"),
            Kind::rate_limited, none),
        row(200, flat("ali_api_error", "InvalidParameter: duration"), Kind::invalid_request, none),
        row(500, flat("get_channel_failed", "x"), Kind::server_error, none),
        row(500, flat("build_request_failed", "x"), Kind::server_error, none),
        row(503, error(R"("model_not_found")", own), Kind::model_unavailable, none),
        row(400, flat("invalid_request", "prompt is required"), Kind::invalid_request, none),
    };
    for (const auto& each : rows) check(each);
}

TEST_CASE("the same parsed refusals are proof for every other endpoint") {
    for (const auto group : {Group::text, Group::image, Group::speech}) {
        const auto none = Billing::none;
        check({500, error(R"("do_request_failed")", own), Kind::server_error, none, group});
        check({503, error("null", "upstream_error"), Kind::overloaded, none, group});
    }
}

TEST_CASE("a gateway that gave up waiting proves nothing, on any endpoint") {
    for (const auto group : {Group::text, Group::image, Group::speech, Group::video}) {
        const auto unknown = Billing::unknown;
        for (const int status : {408, 504, 524}) {
            check({status, error("null", "upstream_error"), Kind::timeout, unknown, group});
            check({200, error(std::to_string(status), "upstream_error"), Kind::timeout, unknown,
                   group});
        }
        check({500, R"({"error":{"code":504,"message":"m","status":"DEADLINE_EXCEEDED"}})",
               Kind::timeout, unknown, group});
    }
}

TEST_CASE("no reply: whether the request left decides about money") {
    struct Line {
        Trouble trouble;
        bool sent;
        Kind kind;
        Billing billing;
        std::string code;
    };
    const auto none = Billing::none;
    const auto unknown = Billing::unknown;
    const Line lines[] = {
        {Trouble::dns, false, Kind::network, none, "dns"},
        {Trouble::no_such_name, false, Kind::network, none, "dns"},
        {Trouble::connect, false, Kind::network, none, "connect"},
        {Trouble::connect_timeout, false, Kind::network, none, "connect_timeout"},
        {Trouble::tls, false, Kind::network, none, "tls"},
        {Trouble::no_tls, false, Kind::network, none, "tls"},
        {Trouble::local, false, Kind::network, none, "local_resources"},
        {Trouble::tls_verify, false, Kind::misconfigured, none, "tls_verify"},
        {Trouble::refused_stream, true, Kind::network, none, "refused_stream"},
        {Trouble::timeout, false, Kind::timeout, none, "timeout"},
        {Trouble::timeout, true, Kind::timeout, unknown, "timeout"},
        {Trouble::idle, true, Kind::timeout, unknown, "idle_timeout"},
        {Trouble::reset, true, Kind::network, unknown, "connection_reset"},
        {Trouble::truncated, true, Kind::network, unknown, "truncated_reply"},
        {Trouble::repeat_refused, true, Kind::network, unknown, "repeat_refused"},
        {Trouble::protocol, true, Kind::bad_reply, unknown, "protocol"},
        {Trouble::too_large, true, Kind::bad_reply, unknown, "reply_too_large"},
        {Trouble::connect, true, Kind::network, unknown, "connect"},
    };
    for (const auto& line : lines) {
        CAPTURE(line.code);
        const auto failure = verdict_of_post(dead(line.trouble, line.sent), {.path = "/v1/x"});
        REQUIRE(failure);
        CHECK(failure->kind == line.kind);
        CHECK(failure->billing == line.billing);
        CHECK(failure->code == line.code);
    }
    const auto no_name = dead(Trouble::no_such_name, false);
    CHECK(verdict_of_post(no_name, {.first_contact = true})->kind == Kind::misconfigured);
    const auto no_tls = verdict_of_post(dead(Trouble::no_tls, false), {.first_contact = true});
    CHECK(no_tls->kind == Kind::misconfigured);
    CHECK(no_tls->message.ends_with("check the scheme and the port of the base URL"));
    auto cut = replied(200, R"({"id":)");
    cut.trouble = Trouble::truncated;
    CHECK(verdict_of_post(cut, {})->billing == Billing::unknown);
    auto cut_refusal = replied(429, "{\"er");
    cut_refusal.trouble = Trouble::truncated;
    CHECK(verdict_of_post(cut_refusal, {})->kind == Kind::rate_limited);
}

TEST_CASE("a good 2xx is left to its reader, and so is a redirect where one is taken") {
    for (const std::string body :
         {R"({"choices":[],"error":null})", R"({"content":[],"error":{"message":"","code":""}})",
          R"({"id":"x","code":"success","success":true})", "", "RIFF....WAVE", "data: {}\n\n",
          R"({"candidates":[{"text":"\"error\": \"code\""}]})"}) {
        CAPTURE(body);
        CHECK(!verdict_of_post(ok(body), {}));
    }
    CHECK(!verdict_of_post(replied(302, "", {{"location", "https://a.example/x.mp3"}}),
                           {.group = Group::speech, .take_redirect = true}));
    CHECK(!verdict_of_post(ok(R"({"task_id":"task_1","error":{"message":"x"}})"),
                           {.group = Group::video}));
}

TEST_CASE("a GET stops the run only for a refused key or a wrong base URL") {
    const Asked first{.first_contact = true};
    const auto page = replied(200, "<!doctype html>");
    const auto key = replied(401, error(R"("")", own), gateway);

    CHECK(verdict_of_get(key, {})->kind == Kind::credentials);
    CHECK(verdict_of_get(page, first)->kind == Kind::misconfigured);
    CHECK(verdict_of_get(replied(404, "<html>"), first)->kind == Kind::misconfigured);
    CHECK(verdict_of_get(dead(Trouble::tls_verify, false), {})->kind == Kind::misconfigured);
    CHECK(!verdict_of_get(page, {}));
    CHECK(!verdict_of_get(replied(404, "<html>"), {}));
    CHECK(!verdict_of_get(replied(403, error(R"("")", own), gateway), first));
    CHECK(!verdict_of_get(replied(401, error(R"("k")", "upstream_error"), gateway), first));
    CHECK(!verdict_of_get(replied(502, "<html>"), first));
    CHECK(!verdict_of_get(dead(Trouble::timeout, true), first));
}

TEST_CASE("the message names the operation: post, or what the caller did") {
    const auto reply = dead(Trouble::timeout, true);
    const auto refused = replied(401, error(R"("key")", own), gateway);
    const auto begins = [](const std::optional<Failure>& failure, const char* words) {
        return failure && failure->message.starts_with(words);
    };
    CHECK(begins(verdict_of_post(reply, {.path = "/v1/videos"}), "post /v1/videos: "));
    CHECK(begins(verdict_of_post(reply, {.operation = "get", .path = "/v1/models"}),
                 "get /v1/models: "));
    CHECK(begins(verdict_of_get(refused, {.path = "/v1/models"}), "get /v1/models: "));
    CHECK(begins(verdict_of_get(refused, {.operation = "poll", .path = "/v1/videos/7"}),
                 "poll /v1/videos/7: "));
}
