// What the gateway makes of hidden limits: latency, and the tokens of its own replies.
#include "tests/sandbox/limits/limit_calls.hpp"

#include "sandbox/gateway.hpp"
#include "sandbox/sandbox.hpp"
#include "sandbox/state/gateway_state.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace nightshift::sandbox;

namespace {

Options with_limits(const Folder& folder, const std::string& toml) {
    Options options;
    options.latency_seconds = 0;
    options.limits_file = folder.file("limits.toml", toml);
    return options;
}

Call paid_call(const std::string& path, const std::string& body) {
    Call call;
    call.method = "POST";
    call.path = path;
    call.headers = {{"Authorization", "Bearer sk-sandbox-x"}, {"Content-Type", "application/json"}};
    call.body = body;
    call.route = route_of(call.method, call.path);
    return call;
}

}  // namespace

TEST_CASE("the gateway adds the latency of the limits to the work of the call") {
    const Folder folder;
    World world(with_limits(folder, "[[limit]]\nlatency_seconds = 7\nslow_above = 1\n"));
    const auto seconds = [&world] {
        Call call =
            paid_call("/v1/chat/completions",
                      R"({"model":"gpt-5.4","messages":[{"role":"user","content":"hello"}]})");
        const Answer made = answer(world, call);
        CHECK(made.reply.status == 200);
        return made.reply.seconds;
    };

    CHECK(seconds() == 7);
    CHECK(seconds() == 14);
}

TEST_CASE("the gateway counts the tokens that its replies report") {
    struct Row {
        const char* path;
        const char* body;
        std::vector<const char*> counts;  // JSON pointers of the reply's output tokens
    };
    const Folder folder;
    for (const Row& row : {
             Row{"/v1/chat/completions",
                 R"({"model":"Kimi-K2.6","messages":[{"role":"user","content":"hello"}]})",
                 {"/usage/completion_tokens"}},
             Row{"/v1/messages",
                 R"({"model":"claude-opus-4-7","max_tokens":999,
                     "messages":[{"role":"user","content":"hello"}]})",
                 {"/usage/output_tokens"}},
             Row{"/v1beta/models/gemini-3.5-flash:generateContent",
                 R"({"contents":[{"role":"user","parts":[{"text":"hello"}]}]})",
                 {"/usageMetadata/candidatesTokenCount", "/usageMetadata/thoughtsTokenCount"}},
             Row{"/v1/images/generations",
                 R"({"model":"gpt-image-2","prompt":"a cat"})",
                 {"/usage/output_tokens"}},
         }) {
        CAPTURE(row.path);
        World world(with_limits(folder, "limit = []\n"));
        Call call = paid_call(row.path, row.body);

        const Reply reply = answer(world, call).reply;

        REQUIRE_MESSAGE(reply.status == 200, reply.body);
        std::int64_t reported = 0;
        for (const char* pointer : row.counts) {
            reported += parse_json(reply.body)[Json::json_pointer(pointer)].get<std::int64_t>();
        }
        CHECK(reported > 0);
        CHECK(reply.output_tokens == reported);
    }
}

TEST_CASE("a reply that is out fills the minute with its own tokens") {
    const Folder folder;
    const Sandbox sandbox(
        with_limits(folder, "[[limit]]\ntokens_per_minute = 1000\ntokens = \"used\"\n"));
    const auto draw = [&sandbox] {
        return post(sandbox.port(), "/v1/images/generations",
                    R"({"model":"gpt-image-2","prompt":"a cat"})")
            .status;
    };

    CHECK(draw() == 200);  // 1056 tokens
    CHECK(draw() == 429);
}

TEST_CASE("changes of the limits wait for their time after the start of the gateway") {
    const Folder folder;
    World world(with_limits(folder, R"(
        [[limit]]
        concurrency = 2
        changes = [{after_seconds = 86400, factor = 0.5}]
    )"));

    for (const int status : {200, 200, 429}) {
        Call call = paid_call("/v1/images/generations", R"({"model":"gpt-image-2","prompt":"a"})");
        CHECK(answer(world, call).reply.status == status);
    }
}

TEST_CASE("max_tokens count where they are reserved, and nowhere else") {
    struct Row {
        const char* tokens;
        int second;
    };
    const Folder folder;
    for (const Row& row : {Row{"reserved", 429}, Row{"used", 200}}) {
        CAPTURE(row.tokens);
        World world(with_limits(folder, std::string("[[limit]]\ntokens_per_minute = 1000\n") +
                                            "tokens = \"" + row.tokens + "\"\n"));
        for (const int status : {200, row.second}) {
            Call call = paid_call("/v1/chat/completions",
                                  R"({"model":"gpt-5.4","max_tokens":2000,
                                      "messages":[{"role":"user","content":"hello"}]})");
            CHECK(answer(world, call).reply.status == status);
        }
    }
}

TEST_CASE("good replies say what is left where the limits file wants it, refusals never") {
    const Folder folder;
    World world(with_limits(
        folder, "[[limit]]\nrequests_per_minute = 2\ntokens_per_minute = 5000\nheaders = true\n"));
    const auto header = [](const Answer& made, const std::string& wanted) {
        for (const auto& [name, value] : made.reply.headers) {
            if (name == wanted) return value;
        }
        return std::string();
    };
    Call chat = paid_call("/v1/chat/completions",
                          R"({"model":"gpt-5.4","messages":[{"role":"user","content":"hello"}]})");
    const Answer first = answer(world, chat);
    CHECK(header(first, "x-ratelimit-limit-requests") == "2");
    CHECK(header(first, "x-ratelimit-remaining-requests") == "1");
    CHECK(header(first, "x-ratelimit-reset-requests").ends_with("ms"));
    CHECK(header(first, "x-ratelimit-limit-tokens") == "5000");
    CHECK(std::stoi(header(first, "x-ratelimit-remaining-tokens")) < 5000);

    Call message = paid_call("/v1/messages", R"({"model":"claude-sonnet-4-6","max_tokens":16,)"
                                             R"("messages":[{"role":"user","content":"hello"}]})");
    message.headers.emplace_back("anthropic-version", "2023-06-01");
    const Answer second = answer(world, message);
    REQUIRE(second.reply.status == 200);
    CHECK(header(second, "anthropic-ratelimit-requests-remaining") == "0");
    CHECK(header(second, "x-ratelimit-limit-requests").empty());

    const Answer third = answer(world, chat);
    REQUIRE(third.reply.status == 429);
    CHECK(header(third, "x-ratelimit-limit-requests").empty());
}
