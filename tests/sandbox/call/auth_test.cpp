// Wire contract 1.1: which header counts on which path, and what each key is worth.
#include "sandbox/call/auth.hpp"

#include <doctest/doctest.h>

using namespace nightshift::sandbox;

namespace {

Call call_to(const std::string& path, Headers headers, const std::string& query = "") {
    Call call;
    call.path = path;
    call.query = query;
    call.headers = std::move(headers);
    call.request_id = "R";
    return call;
}

int status_with_key(const std::string& key, const std::string& path = "/v1/chat/completions") {
    Call call = call_to(path, {{"Authorization", "Bearer " + key}});
    const auto refusal = authenticate(call);
    return refusal ? refusal->status : 200;
}

}  // namespace

TEST_CASE("each carrier counts only on its own paths") {
    struct Row {
        const char* path;
        const char* header;
        bool counts;
    };
    for (const Row& row : {
             Row{"/v1/videos", "Authorization", true},
             {"/v1/messages", "authorization", true},
             {"/v1/messages", "x-api-key", true},
             {"/v1/models", "x-api-key", true},
             {"/v1/models/gpt-5.4", "x-api-key", true},
             {"/v1/videos", "x-api-key", false},
             {"/v1/chat/completions", "x-api-key", false},
             {"/v1beta/models/m:generateContent", "x-api-key", false},
             {"/v1beta/models/m:generateContent", "x-goog-api-key", true},
             {"/v1beta/models", "x-goog-api-key", true},
             {"/v1/models/gpt-5.4", "x-goog-api-key", true},
             {"/v1/models", "x-goog-api-key", false},
             {"/v1/messages", "x-goog-api-key", false},
             {"/v1/audio/speech", "x-goog-api-key", false},
         }) {
        Call call = call_to(row.path, {{row.header, "sk-sandbox"}});
        CAPTURE(row.path);
        CAPTURE(row.header);
        CHECK(!authenticate(call).has_value() == row.counts);
    }
}

TEST_CASE("a header of the path overrides Authorization") {
    Call anthropic = call_to("/v1/messages",
                             {{"Authorization", "Bearer sk-sandbox"}, {"x-api-key", "sk-wrong"}});
    Call elsewhere =
        call_to("/v1/videos", {{"Authorization", "Bearer sk-sandbox"}, {"x-api-key", "sk-wrong"}});
    Call google = call_to("/v1beta/models/m:generateContent", {}, "alt=sse&key=sk-sandbox");

    CHECK(authenticate(anthropic)->status == 401);
    CHECK_FALSE(authenticate(elsewhere));
    CHECK_FALSE(authenticate(google));
}

TEST_CASE("Bearer, bearer and the bare key are the same") {
    for (const char* value : {"Bearer sk-sandbox", "bearer sk-sandbox", "sk-sandbox"}) {
        Call call = call_to("/v1/videos", {{"Authorization", value}});
        CHECK_FALSE(authenticate(call));
    }
}

TEST_CASE("each key has its state") {
    CHECK(status_with_key("sk-sandbox") == 200);
    CHECK(status_with_key("sk-sandbox-any-dashes-1-2-3") == 200);
    CHECK(status_with_key("sk-sandbox12ab") == 200);
    CHECK(status_with_key("sk-sandbox-other-2") == 200);
    CHECK(status_with_key("sk-sandbox-limited") == 200);
    CHECK(status_with_key("sk-standin") == 200);
    CHECK(status_with_key("sk-sandbox-exhausted") == 401);
    CHECK(status_with_key("sk-sandbox-disabled-x") == 401);
    CHECK(status_with_key("sk-sandbox-expired") == 401);
    CHECK(status_with_key("sk-sandbox-banned") == 403);
    CHECK(status_with_key("sk-sandbox-ip") == 403);
    CHECK(status_with_key("sk-standin-7") == 403);
    CHECK(status_with_key("sk-wrong") == 401);
    CHECK(status_with_key("") == 401);
}

TEST_CASE("a refusal has the gateway's own bytes, in the caller's language") {
    Call english = call_to("/v1/messages", {{"x-api-key", "sk-wrong"}});
    Call chinese =
        call_to("/v1/messages", {{"x-api-key", "sk-wrong"}, {"Accept-Language", "zh-CN"}});

    const auto refusal = authenticate(english);

    CHECK(refusal->body == R"x({"error":{"code":"","message":"Invalid token (request id: R)",)x"
                           R"x("type":"new_api_error"}})x");
    CHECK(authenticate(chinese)->body.find("无效的令牌 (request id: R)") != std::string::npos);
}
