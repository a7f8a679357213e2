// Each endpoint over loopback: the good reply and the main refusals of the wire contract.
#include "client.hpp"

#include "sandbox/call/json.hpp"
#include "sandbox/sandbox.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>

using namespace nightshift::sandbox;

namespace {

Options quick() {
    Options options;
    options.latency_seconds = 0;
    options.video_seconds = 0;
    return options;
}

Json json_of(const Got& got) {
    const Json value = parse_json(got.body);
    REQUIRE_MESSAGE(value.is_object(), got.body);
    return value;
}

std::string error_code(const Got& got) {
    const Json body = json_of(got);
    const Json& error = value_at(body, "error");
    return text_at(error.is_object() ? error : body, "code");
}

constexpr const char* chat_path = "/v1/chat/completions";
const std::string hello = R"("messages":[{"role":"user","content":"hello <b> & co"}]})";

}  // namespace

TEST_CASE("chat answers with a text and a usage that adds up") {
    const Sandbox sandbox(quick());

    const Got got = post(sandbox.port(), chat_path, R"({"model":"gpt-5.4",)" + hello);

    CHECK(got.status == 200);
    CHECK(got.headers.at("content-type") == "application/json");
    CHECK(got.headers.at("x-oneapi-request-id").size() == 39);
    CHECK(got.headers.count("x-new-api-version") == 1);
    const Json body = json_of(got);
    CHECK(body["choices"][0]["finish_reason"] == "stop");
    CHECK_FALSE(body["choices"][0]["message"]["content"].get<std::string>().empty());
    CHECK_FALSE(body["choices"][0]["message"].contains("reasoning_content"));
    CHECK(body["usage"]["total_tokens"] == body["usage"]["prompt_tokens"].get<int>() +
                                               body["usage"]["completion_tokens"].get<int>());
}

TEST_CASE("reasoning eats max_tokens before the answer does") {
    const Sandbox sandbox(quick());
    const auto ask_kimi = [&](const std::string& more) {
        return json_of(post(sandbox.port(), chat_path, R"({"model":"Kimi-K2.6",)" + more + hello));
    };

    const Json full = ask_kimi("");
    const Json cut = ask_kimi(R"("max_tokens":4,)");
    const Json off = ask_kimi(R"("thinking":{"type":"disabled"},)");

    CHECK_FALSE(full["choices"][0]["message"]["reasoning_content"].get<std::string>().empty());
    CHECK(cut["choices"][0]["finish_reason"] == "length");
    CHECK(cut["choices"][0]["message"]["content"] == "");
    CHECK_FALSE(off["choices"][0]["message"].contains("reasoning_content"));
}

TEST_CASE("a chat stream ends with finish_reason, usage and [DONE]") {
    const Sandbox sandbox(quick());

    const Got got = post(sandbox.port(), chat_path, R"({"model":"gpt-5.4","stream":true,)" + hello);

    CHECK(got.headers.at("content-type") == "text/event-stream");
    CHECK(got.whole);
    CHECK(got.body.ends_with("data: [DONE]\n\n"));
    CHECK(got.body.find("\"finish_reason\":\"stop\"") < got.body.find("\"choices\":[],\"usage\""));
}

TEST_CASE("what the gateway or its upstream refuses has its status and code") {
    const Sandbox sandbox(quick());
    struct Row {
        const char* path;
        const char* body;
        int status;
        const char* code;
    };
    for (const Row& row : {
             Row{chat_path, R"({"model":"gpt-5.4",)", 400, ""},
             Row{chat_path, R"({"messages":[]})", 400, ""},
             Row{chat_path, R"({"model":7})", 400, ""},
             Row{chat_path, R"({"model":"gpt-9","messages":[]})", 503, "model_not_found"},
             Row{chat_path, R"({"model":"gpt-5.4"})", 500, "invalid_request"},
             Row{"/v1/images/generations", R"({"prompt":"x"})", 503, "model_not_found"},
             Row{"/v1/images/generations", R"({"model":"gpt-image-2"})", 500, "invalid_request"},
             Row{"/v1/images/generations",
                 R"({"model":"gpt-image-2","prompt":"x","size":"1024×1024"})", 500,
                 "invalid_request"},
             Row{"/v1/images/generations", R"({"model":"gpt-image-2","prompt":"x","size":"10x10"})",
                 400, "invalid_value"},
             Row{"/v1/audio/speech", R"({"input":"x"})", 503, "model_not_found"},
             Row{"/v1/audio/speech", R"({"model":"qwen3-tts-flash"})", 500, "invalid_request"},
             Row{"/v1beta/models/gemini-3.5-flash:generateContent", "{}", 500, "invalid_request"},
             Row{"/v1/videos", R"({"model":"happyhorse-1.0-t2v","prompt":"x"})", 400,
                 "invalid_request"},
             Row{"/v1/videos",
                 R"({"model":"happyhorse-1.0-t2v","input":{"prompt":"x"},)"
                 R"("parameters":{"duration":2}})",
                 400, "fail_to_fetch_task"},
             Row{"/v1/videos",
                 R"({"model":"happyhorse-1.0-i2v","input":{"prompt":"x","media":[]}})", 400,
                 "fail_to_fetch_task"},
             Row{"/v1/videos", R"({"model":"happyhorse-1.0-video-edit","input":{"prompt":"x"}})",
                 400, "invalid_request"},
             Row{"/v1/video/generations", R"({"model":"doubao-seedance-2-0-260128"})", 400,
                 "invalid_request"},
             Row{"/v1/video/generations",
                 R"({"model":"doubao-seedance-2-0-260128","prompt":"x","resolution":"720P"})", 400,
                 "fail_to_fetch_task"},
             Row{"/v1/message", "{}", 404, ""},
         }) {
        CAPTURE(row.body);
        const Got got = post(sandbox.port(), row.path, row.body);
        CHECK(got.status == row.status);
        CHECK(error_code(got) == row.code);
    }
    CHECK(get(sandbox.port(), "/sandbox/books").body.empty());
}

TEST_CASE("Kimi takes no temperature but its own") {
    const Sandbox sandbox(quick());

    const Got bad =
        post(sandbox.port(), chat_path, R"({"model":"Kimi-K2.6","temperature":0.2,)" + hello);
    const Got good =
        post(sandbox.port(), chat_path, R"({"model":"Kimi-K2.6","temperature":1,)" + hello);

    CHECK(bad.status == 400);
    CHECK(bad.body ==
          R"({"error":{"message":"invalid temperature: only 1 is allowed for this model",)"
          R"("type":"invalid_request_error","param":"","code":null}})");
    CHECK(good.status == 200);
}

TEST_CASE("a body under another content type is not read") {
    const Sandbox sandbox(quick());
    Ask request{"POST",
                chat_path,
                {{"Authorization", "sk-sandbox"}, {"Content-Type", "text/plain"}},
                R"({"model":"gpt-5.4",)" + hello};

    const Got got = ask(sandbox.port(), request);

    CHECK(got.status == 400);
    CHECK(got.body.find("Model name not specified") != std::string::npos);
}

TEST_CASE("messages think when asked, and check the budget") {
    const Sandbox sandbox(quick());
    const auto think = [&](const std::string& model, const std::string& more) {
        return post(sandbox.port(), "/v1/messages", R"({"model":")" + model + "\"," + more + hello);
    };

    const Got good =
        think("claude-sonnet-4-6",
              R"("max_tokens":4096,"thinking":{"type":"enabled","budget_tokens":1024},)");
    const Got seed =
        think("claude-sonnet-4-6",
              R"("max_tokens":4096,"thinking":{"type":"enabled","budget_tokens":8192},)");
    const Got small =
        think("claude-sonnet-4-6",
              R"("max_tokens":4096,"thinking":{"type":"enabled","budget_tokens":512},)");
    const Got opus = think("claude-opus-4-7", R"("max_tokens":64,"thinking":{"type":"adaptive"},)");
    const Got wrong =
        think("claude-opus-4-7",
              R"("max_tokens":4096,"thinking":{"type":"enabled","budget_tokens":2048},)");

    const Json content = json_of(good)["content"];
    CHECK(content[0]["type"] == "thinking");
    CHECK_FALSE(content[0]["signature"].get<std::string>().empty());
    CHECK(content[1]["type"] == "text");
    CHECK(json_of(opus)["content"][0]["thinking"] == "");
    for (const Got* refused : {&seed, &small, &wrong}) {
        CHECK(refused->status == 400);
        CHECK(refused->body.starts_with(R"({"error":{"type":"\u003cnil\u003e","message":")"));
        CHECK(refused->body.ends_with(R"x()"},"type":"error"})x"));
    }
}

TEST_CASE("a messages stream has three line feeds a frame and no [DONE]") {
    const Sandbox sandbox(quick());

    const Got got = post(sandbox.port(), "/v1/messages",
                         R"({"model":"claude-sonnet-4-6","stream":true,"max_tokens":4096,)"
                         R"("thinking":{"type":"enabled","budget_tokens":1024},)" +
                             hello);

    CHECK(got.body.starts_with("event: message_start\ndata: {"));
    CHECK(got.body.ends_with("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n\n"));
    CHECK(got.body.find("signature_delta") != std::string::npos);
    CHECK(got.body.find("[DONE]") == std::string::npos);
}

TEST_CASE("an upstream's refusal of a stream is JSON under text/event-stream") {
    const Sandbox sandbox(quick());

    const Got got = post(sandbox.port(), "/v1/messages",
                         R"({"model":"claude-opus-4-7","stream":true,"temperature":0.5,)" + hello);

    CHECK(got.status == 400);
    CHECK(got.headers.at("content-type") == "text/event-stream");
    CHECK(json_of(got)["type"] == "error");
}

TEST_CASE("Gemini answers text, pictures and streams") {
    const Sandbox sandbox(quick());
    const std::string contents = R"({"contents":[{"parts":[{"text":"draw 16:9"}]}]})";

    const Got text =
        post(sandbox.port(), "/v1beta/models/gemini-3.5-flash:generateContent", contents);
    const Got picture = post(
        sandbox.port(), "/v1beta/models/gemini-3.1-flash-image-preview:generateContent", contents);
    const Got stream = post(
        sandbox.port(), "/v1beta/models/gemini-3.5-flash:streamGenerateContent?alt=sse", contents);

    CHECK(json_of(text)["candidates"][0]["finishReason"] == "STOP");
    const std::string shown =
        json_of(picture)["candidates"][0]["content"]["parts"][0]["text"].get<std::string>();
    CHECK(shown.starts_with("iVBORw0KGgo"));
    CHECK(shown.find_first_of(" \n:(") == std::string::npos);
    CHECK(json_of(picture)["usageMetadata"].size() == 9);
    CHECK(stream.headers.at("content-type") == "text/event-stream");
    CHECK(stream.body.find("\"finishReason\":\"STOP\"") != std::string::npos);
}

TEST_CASE("images come n at a time, all different") {
    const Sandbox sandbox(quick());

    const Got got = post(sandbox.port(), "/v1/images/generations",
                         R"({"model":"gpt-image-2","prompt":"a lamp","n":3,"size":"1024x1536"})");

    const Json data = json_of(got)["data"];
    REQUIRE(data.size() == 3);
    CHECK(data[0]["b64_json"].get<std::string>().starts_with("iVBORw0KGgo"));
    CHECK(data[0] != data[1]);
    CHECK(data[1] != data[2]);
}

TEST_CASE("speech has the format its vendor gives it") {
    const Sandbox sandbox(quick());
    const auto speak = [&](const std::string& model, const std::string& more) {
        return post(sandbox.port(), "/v1/audio/speech",
                    R"({"model":")" + model + R"(","input":"good night")" + more + "}");
    };

    CHECK(speak("qwen3-tts-flash", "").body.starts_with("RIFF"));
    CHECK(speak("qwen3-tts-flash", R"(,"response_format":"mp3")").body.starts_with("RIFF"));
    CHECK(speak("MiniMax/speech-2.8-hd", "").body.starts_with("ID3"));
    CHECK(speak("MiniMax/speech-2.8-hd", R"(,"response_format":"flac")").body.starts_with("fLaC"));
    CHECK(
        speak("MiniMax/speech-2.8-hd", R"(,"response_format":"flac")").headers.at("content-type") ==
        "audio/mpeg");
    CHECK(json_of(speak("qwen3-tts-flash", R"(,"voice":"Cherri")"))["code"] == "InvalidParameter");
    CHECK(json_of(speak("MiniMax/speech-2.8-hd", R"(,"speed":9)"))["error"]["code"] ==
          "bad_response");
}

TEST_CASE("a model list has the form its headers ask for") {
    const Sandbox sandbox(quick());
    const auto list = [&](std::vector<std::pair<std::string, std::string>> headers,
                          const char* path = "/v1/models") {
        return ask(sandbox.port(), Ask{"GET", path, std::move(headers), ""});
    };
    const std::pair<std::string, std::string> bearer{"Authorization", "Bearer sk-sandbox"};
    const std::pair<std::string, std::string> google{"x-goog-api-key", "sk-sandbox"};

    CHECK(json_of(list({bearer}))["success"] == true);
    CHECK(json_of(list({bearer}))["data"].size() == 19);
    CHECK_FALSE(json_of(list({{"x-api-key", "sk-sandbox"}, {"anthropic-version", "2023-06-01"}}))
                    .contains("success"));
    CHECK(list({google}).status == 401);
    CHECK(list({google, bearer}).body ==
          R"({"error":{"message":"The model '' does not exist","type":"invalid_request_error",)"
          R"("param":"model","code":"model_not_found"}})");
    CHECK(json_of(list({google}, "/v1beta/models"))["models"][0]["displayName"] ==
          "claude-sonnet-4-6");
    CHECK(json_of(list({bearer}, "/v1/models/nope"))["error"]["code"] == "model_not_found");
    CHECK(json_of(list({{"Authorization", "sk-sandbox-limited"}}))["data"].size() == 3);
}

TEST_CASE("keys without quota are refused in the envelope of each protocol") {
    const Sandbox sandbox(quick());
    const auto with_key = [&](const char* path, const std::string& body, const char* key) {
        return ask(sandbox.port(),
                   Ask{"POST",
                       path,
                       {{"Authorization", key}, {"Content-Type", "application/json"}},
                       body});
    };
    const Got chat = with_key(chat_path, R"({"model":"gpt-5.4",)" + hello, "sk-sandbox-noquota");
    const Got claude =
        with_key("/v1/messages", R"({"model":"claude-sonnet-4-6",)" + hello, "sk-sandbox-noquota");
    const Got video =
        with_key("/v1/videos", R"({"model":"happyhorse-1.0-t2v","input":{"prompt":"x"}})",
                 "sk-sandbox-lowbudget");
    const Got model = with_key(chat_path, R"({"model":"GLM-5.1",)" + hello, "sk-sandbox-limited");

    CHECK(chat.status == 403);
    CHECK(error_code(chat) == "insufficient_user_quota");
    CHECK(claude.status == 403);
    CHECK_FALSE(json_of(claude)["error"].contains("code"));
    CHECK(json_of(video)["code"] == "pre_consume_token_quota_failed");
    CHECK(model.status == 403);
    CHECK(model.body.find("This token has no access to model GLM-5.1") != std::string::npos);
}

TEST_CASE("paths outside the API are the web page") {
    const Sandbox sandbox(quick());

    const Got page = get(sandbox.port(), "/messages");
    const Got moved = post(sandbox.port(), "/v1/videos/", "{}");

    CHECK(page.status == 200);
    CHECK(page.headers.at("content-type") == "text/html; charset=utf-8");
    CHECK(moved.status == 307);
    CHECK(moved.headers.at("location") == "/v1/videos");
}

TEST_CASE("the same seed gives the same replies, a repeat another one") {
    const std::string body = R"({"model":"happyhorse-1.0-t2v","input":{"prompt":"x"}})";
    const auto two_ids = [&](std::uint64_t seed) {
        Options options = quick();
        options.seed = seed;
        const Sandbox sandbox(options);
        const std::string first = text_at(json_of(post(sandbox.port(), "/v1/videos", body)), "id");
        const std::string second = text_at(json_of(post(sandbox.port(), "/v1/videos", body)), "id");
        return std::pair{first, second};
    };

    const auto ids = two_ids(1);

    CHECK(ids == two_ids(1));
    CHECK(ids != two_ids(2));
    CHECK(ids.first != ids.second);
    CHECK(ids.first.size() == 37);
    CHECK(ids.first.starts_with("task_"));
}

TEST_CASE("structured output fits the schema that was asked for") {
    const Sandbox sandbox(quick());

    const Json body = json_of(post(
        sandbox.port(), chat_path,
        R"({"model":"gpt-5.4","response_format":{"type":"json_schema","json_schema":{"schema":)"
        R"({"type":"object","properties":{"colour":{"enum":["red"]},"sizes":{"type":"array",)"
        R"("items":{"type":"integer"},"minItems":2}}}}},)" +
            hello));

    const Json answer = parse_json(body["choices"][0]["message"]["content"].get<std::string>());
    CHECK(answer["colour"] == "red");
    CHECK(answer["sizes"].size() == 2);
    CHECK(answer["sizes"][0].is_number_integer());
}

TEST_CASE("a long beginning that was sent before is counted as cached") {
    const Sandbox sandbox(quick());
    const std::string long_text(8000, 'a');
    const auto chat = [&](const std::string& end) {
        return json_of(post(sandbox.port(), chat_path,
                            R"({"model":"gpt-5.4","messages":[{"role":"system","content":")" +
                                long_text + R"("},{"role":"user","content":")" + end + "\"}]}"));
    };
    const auto cached = [](const Json& body) {
        return body["usage"]["prompt_tokens_details"]["cached_tokens"].get<int>();
    };
    CHECK(cached(chat("one")) == 0);
    const auto second = chat("two");
    CHECK(cached(second) >= 1024);
    CHECK(cached(second) % 128 == 0);
    CHECK(cached(second) < second["usage"]["prompt_tokens"].get<int>());
    const std::string content(8000, 'b');
    const auto gemini = [&] {
        const auto body =
            json_of(post(sandbox.port(), "/v1beta/models/gemini-3.5-flash:generateContent",
                         R"({"contents":[{"parts":[{"text":")" + content + "\"}]}]}"));
        return body["usageMetadata"].value("cachedContentTokenCount", 0);
    };
    CHECK(gemini() == 0);
    CHECK(gemini() >= 1024);
}

TEST_CASE("messages are cached up to the block with cache_control, and counted beside the input") {
    const Sandbox sandbox(quick());
    const auto usage = [&](std::size_t letters, const std::string& mark, const std::string& end) {
        const auto body = json_of(post(
            sandbox.port(), "/v1/messages",
            R"({"model":"claude-sonnet-4-6","max_tokens":500,"system":[{"type":"text","text":")" +
                std::string(letters, 'c') + "\"" + mark +
                R"(}],"messages":[{"role":"user","content":")" + end + "\"}]}"));
        const auto& counts = body["usage"];
        return std::array<int, 3>{counts["input_tokens"], counts["cache_creation_input_tokens"],
                                  counts["cache_read_input_tokens"]};
    };
    const std::string mark = R"(,"cache_control":{"type":"ephemeral"})";
    const auto plain = usage(8000, "", "one");
    CHECK(plain[0] > 2000);
    CHECK(plain[1] + plain[2] == 0);
    const auto first = usage(8000, mark, "one");
    CHECK(first[1] == 2000);
    CHECK(first[2] == 0);
    CHECK(first[0] + first[1] == plain[0]);
    const auto second = usage(8000, mark, "two");
    CHECK(second[1] == 0);
    CHECK(second[2] == 2000);
    CHECK(usage(4000, mark, "one")[1] == 0);  // too short
}
