#include "tests/jobs/scripted_attempt.hpp"

#include <doctest/doctest.h>

namespace nightshift::jobs {
Job chat_completions();
}

using namespace nightshift;
using namespace nightshift::test;

namespace {

const Task hello = task_for("chat_completions", "gpt-5.4");

Outcome succeed(const std::string& body) {
    ScriptedAttempt attempt;
    attempt.replies = {ok(body)};
    return play(jobs::chat_completions(), hello, attempt);
}

Failure fail(const std::string& body) {
    ScriptedAttempt attempt;
    attempt.replies = {ok(body)};
    return play_failure(jobs::chat_completions(), hello, attempt);
}

std::string choice(const std::string& message, const std::string& reason) {
    return R"({"choices":[{"index":0,"message":)" + message + R"(,"finish_reason":)" + reason +
           "}]}";
}

std::string chunk(const std::string& delta, const std::string& reason, int index = 0) {
    return "data: {\"id\":\"c\",\"created\":5,\"model\":\"m\",\"choices\":[{\"index\":" +
           std::to_string(index) + ",\"delta\":" + delta + ",\"finish_reason\":" + reason +
           "}]}\n\n";
}

const std::string done = "data: [DONE]\n\n";

}  // namespace

TEST_CASE("an answer, its reasoning and its counts are read in every spelling") {
    const auto plain =
        succeed(R"({"choices":[{"message":{"content":"hi","reasoning_content":"hm"},)"
                R"("finish_reason":"stop"}],"usage":{"prompt_tokens":14,"completion_tokens":12,)"
                R"("prompt_tokens_details":{"cached_tokens":3},)"
                R"("completion_tokens_details":{"reasoning_tokens":5}}})");
    const auto parts = succeed(choice(
        R"({"content":[{"type":"text","text":"a"},{"type":"text","text":"b"}],"reasoning":"r"})",
        "\"stop\""));
    const auto deepseek = succeed(
        R"({"created":"1779381700","choices":[{"message":{"content":"x"},"finish_reason":"stop"}],)"
        R"("usage":{"input_tokens":10,"output_tokens":2,"prompt_cache_hit_tokens":9}})");

    CHECK(plain.text == "hi");
    CHECK(plain.reasoning == "hm");
    CHECK(plain.finish_reason == "stop");
    CHECK(plain.usage.input_tokens == 14);
    CHECK(plain.usage.output_tokens == 12);
    CHECK(plain.usage.cached_tokens == 3);
    CHECK(plain.usage.reasoning_tokens == 5);
    CHECK(parts.text == "ab");
    CHECK(parts.reasoning == "r");
    CHECK(deepseek.usage.input_tokens == 10);
    CHECK(deepseek.usage.cached_tokens == 9);
}

TEST_CASE("thinking inlined in the content is left as it is, and so is the reply") {
    const auto body = choice(R"({"content":"<think>a</think>b\u0026"})", "\"stop\"");
    const auto outcome = succeed(body);

    CHECK(outcome.text == "<think>a</think>b&");
    CHECK(outcome.reply == body);
}

TEST_CASE("fault row 46: how an answer ended decides what it is") {
    struct Row {
        std::string message, reason;
        Kind kind;
        Billing billing;
    };
    const Row rows[] = {
        {R"({"content":"","reasoning_content":"..."})", "\"length\"", Kind::truncated,
         Billing::known},
        {R"({"content":null})", "\"length\"", Kind::truncated, Billing::known},
        {R"({"reasoning_content":"..."})", "\"length\"", Kind::truncated, Billing::known},
        {R"({"content":""})", "\"content_filter\"", Kind::content_rejected, Billing::known},
        {R"({"content":"","refusal":"no"})", "\"stop\"", Kind::content_rejected, Billing::known},
        {R"({"content":"part"})", "\"insufficient_system_resource\"", Kind::overloaded,
         Billing::known},
        {R"({"content":" \n"})", "\"stop\"", Kind::no_output, Billing::known},
        {R"({"content":null,"reasoning_content":"only"})", "\"stop\"", Kind::no_output,
         Billing::known},
        {R"({"content":""})", "null", Kind::bad_reply, Billing::unknown},
    };
    for (const auto& row : rows) {
        CAPTURE(row.message);
        const auto failure = fail(choice(row.message, row.reason));
        CHECK(failure.kind == row.kind);
        CHECK(failure.billing == row.billing);
    }
    CHECK(succeed(choice(R"({"content":"half"})", "\"length\"")).flags ==
          std::vector<std::string>{"truncated"});
    CHECK(succeed(choice(R"({"content":"x"})", "\"eos\"")).finish_reason == "eos");
    const auto calls = choice(R"({"content":null,"tool_calls":[{"id":"1"}]})", "\"tool_calls\"");
    CHECK(succeed(calls).flags == std::vector<std::string>{"tool_calls"});
}

TEST_CASE("a reply without choices leaves open what was done") {
    for (const std::string body : {R"({"choices":[],"usage":{"prompt_tokens":14}})", "{}",
                                   R"({"choices":null})", "", "{\"choices\":[{]}"}) {
        CAPTURE(body);
        CHECK(fail(body).kind == Kind::bad_reply);
        CHECK(fail(body).billing == Billing::unknown);
    }
}

TEST_CASE("an error object in a 200 is that error and not billed") {
    const auto failure =
        fail(R"({"error":{"message":"busy","type":"engine_overloaded_error","code":null}})");

    CHECK(failure.kind == Kind::overloaded);
    CHECK(failure.billing == Billing::none);
}

TEST_CASE("a streamed completion is put together again, with all its choices") {
    const auto outcome = succeed(
        ": PING\n\n" +
        chunk(R"({"role":"assistant","content":null,"reasoning_content":"想"})", "null") +
        chunk(R"({"content":"你"})", "null") + chunk(R"({"content":"好"})", "null") +
        chunk(R"({"content":"B"})", "\"stop\"", 1) + chunk("{}", "\"stop\"") +
        "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":12,\"completion_tokens\":40}}\n\n" +
        done);

    CHECK(outcome.text == "你好");
    CHECK(outcome.reasoning == "想");
    CHECK(outcome.usage.output_tokens == 40);
    CHECK(outcome.reply ==
          R"({"id":"c","object":"chat.completion","created":5,"model":"m","choices":[)"
          R"({"index":0,"message":{"role":"assistant","content":"你好","reasoning_content":"想"},)"
          R"("finish_reason":"stop"},{"index":1,"message":{"role":"assistant","content":"B"},)"
          R"("finish_reason":"stop"}],"usage":{"prompt_tokens":12,"completion_tokens":40}})");
}

TEST_CASE("only a finish_reason proves a stream whole, not [DONE]") {
    const auto begun = chunk(R"({"content":"你"})", "null");
    for (const auto& body : {begun + done, done, begun, begun + chunk("{}", "\"stop\"", 1) + done,
                             begun + "data: {\"choices\":[{\"ind"}) {
        CAPTURE(body);
        CHECK(fail(body).kind == Kind::bad_reply);
        CHECK(fail(body).billing == Billing::unknown);
    }
}

TEST_CASE("an unreadable frame in the middle is a hole, whatever follows") {
    const auto failure = fail(chunk(R"({"content":"a"})", "null") + "data: {\"broken\n\n" +
                              chunk("{}", "\"stop\"") + done);

    CHECK(failure.kind == Kind::bad_reply);
}

TEST_CASE("an error frame in a stream is that error") {
    const auto failure = fail(
        chunk(R"({"content":"a"})", "null") +
        "data: {\"error\":{\"message\":\"internal error\",\"type\":\"server_error\"}}\n\n" + done);

    CHECK(failure.kind == Kind::server_error);
    CHECK(failure.billing == Billing::none);
}

TEST_CASE("what is no chunk is skipped, and what breaks off behind the finish loses nothing") {
    const auto begin = chunk(R"({"content":"a"})", "null");
    const auto finish = chunk(R"({"content":"b"})", "\"stop\"");
    for (const std::string stray :
         {"event: ping\ndata: ping\n\n", "data: null\n\n", "data: []\n\n", "data: 7\n\n",
          "data: [done]\n\n", "data: \"[DONE]\"\n\n", "data:\t[DONE] \n\n", "data: {}\n\n"}) {
        CAPTURE(stray);
        CHECK(succeed(stray + begin + stray + finish + stray).text == "ab");
    }
    for (const std::string torn : {"data: [DO", "data: {\"id\":\"c1\",\"obj",
                                   "data: {\"a\":1}}\n\n", "dat", "{\"error\":"}) {
        CAPTURE(torn);
        CHECK(succeed(begin + finish + torn).text == "ab");
    }
}

TEST_CASE("chunks are read in every framing: behind each other, in a list, encoded twice, bare") {
    const auto of = [](const std::string& content, const std::string& reason) {
        const auto framed = chunk("{\"content\":\"" + content + "\"}", reason);
        return framed.substr(6, framed.size() - 8);
    };
    const auto first = of("a", "null"), last = of("b", "\"stop\"");
    const auto quoted = [](const std::string& json) {
        std::string text = "\"";
        for (const char c : json) text += c == '"' ? "\\\"" : std::string(1, c);
        return text + "\"";
    };
    for (const auto& body :
         {"data: " + first + last + "\n\n", "data: [" + first + "," + last + "]\n\n",
          "data: " + quoted(first) + "\n\ndata: " + quoted(last) + "\n\n",
          first + "\n" + last + "\n", first + last, first + "\ndata: " + last + "\n",
          "data: " + first + "\n" + last}) {
        CAPTURE(body);
        CHECK(succeed(body).text == "ab");
    }
    CHECK(fail(first + "\n" + of("b", "null")).code == "cut_stream");
}

TEST_CASE("careless JSON of a paid answer is read, and shown as valid JSON") {
    const auto torn = succeed(
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\\ud83d\"}}]}\n\n"
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\\ude00 \xE4\xBD\"}}]}\n\n"
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\xA0\xFF\"},"
        "\"finish_reason\":\"stop\",\"logprob\":NaN}]}\n\n");
    CHECK(torn.text == "😀 你�");

    const auto outcome = succeed(
        "\n{\"seed\":123456789012345678901234567890,\"choices\":[{\"message\":{\"content\":"
        "\"one\ntwo \\ud83d\"},\"finish_reason\":\"stop\",},],}\nnull");
    CHECK(outcome.text == "one\ntwo �");
    CHECK(outcome.reply == R"({"seed":"123456789012345678901234567890","choices":[{"message":)"
                           R"({"content":"one\ntwo �"},"finish_reason":"stop"}]})");
}

TEST_CASE("an error beside a choice is a failure, in one piece or in a stream") {
    const std::string error = R"("error":{"code":502,"message":"upstream died"})";
    for (const auto& body :
         {R"({"choices":[{"message":{"content":"half"},"finish_reason":"stop",)" + error + "}]}",
          R"({"choices":[{"message":{"content":"half"},)" + error + "}]}",
          R"(data: {"choices":[{"delta":{"content":"half"},"finish_reason":"stop",)" + error +
              "}]}\n\n" + done}) {
        CAPTURE(body);
        const auto failure = fail(body);
        CHECK(failure.kind == Kind::server_error);
        CHECK(failure.message.find("upstream died") != std::string::npos);
    }
    const auto fine = succeed(R"({"choices":[{"message":{"content":"x"},"error":null}]})");
    CHECK(fine.text == "x");
}

TEST_CASE("the text is taken where it stands, in every gateway's form") {
    for (const std::string body :
         {R"({"choices":[{"text":"hi","finish_reason":"stop"}]})",
          R"({"choices":[{"message":{"content":["h","i"]},"finish_reason":"stop"}]})",
          R"({"choices":[{"message":{"content":[{"type":"text","text":{"value":"hi"}}]}}]})",
          R"({"choices":[{"message":{"content":{"type":"text","text":"hi"}}}]})",
          R"({"choices":[{"message":{"content":[{"type":"thinking","thinking":[{"type":"text",)"
          R"("text":"hm"}]},{"type":"output_text","text":"hi"}]}}]})",
          R"({"choices":[{"message":"hi","finish_reason":"stop"}]})",
          R"({"code":0,"data":{"choices":[{"message":{"content":"hi"}}]}})",
          R"({"output":{"choices":[{"message":{"content":"hi"}}]}})",
          R"({"output":{"text":"hi","finish_reason":"stop"}})",
          "data: {\"choices\":[{\"text\":\"hi\",\"finish_reason\":\"stop\"}]}\n\n"}) {
        CAPTURE(body);
        CHECK(succeed(body).text == "hi");
    }
}

TEST_CASE("the reply's own name of the model is kept, and its counts wherever they are") {
    const auto moonshot = succeed(
        "data: {\"model\":\"m-1\",\"choices\":[{\"delta\":{\"content\":\"hi\"},"
        "\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":1}}]}\n\n"
        "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\","
        "\"usage\":{\"completion_tokens\":9}}]}\n\n");
    CHECK(moonshot.model == "m-1");
    CHECK(moonshot.usage.input_tokens == 7);
    CHECK(moonshot.usage.output_tokens == 9);
}

TEST_CASE("streamed tool calls are joined") {
    const auto outcome = succeed(
        chunk(R"({"tool_calls":[{"index":0,"id":"c","function":{"name":"f",)"
              R"("arguments":"{\"a\""}}]})",
              "null") +
        chunk(R"({"tool_calls":[{"index":0,"function":{"arguments":":1}"}}]})", "\"tool_calls\"") +
        done);

    CHECK(!outcome.text);
    CHECK(outcome.reply.find(R"("arguments":"{\"a\":1}")") != std::string::npos);
}
