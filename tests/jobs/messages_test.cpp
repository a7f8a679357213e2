#include "tests/jobs/scripted_attempt.hpp"

#include <doctest/doctest.h>

namespace nightshift::jobs {
Job messages();
}

using namespace nightshift;
using namespace nightshift::test;

namespace {

const Task hello = task_for("messages", "claude-sonnet-4-6");

Outcome succeed(const std::string& body) {
    ScriptedAttempt attempt;
    attempt.replies = {ok(body)};
    return play(jobs::messages(), hello, attempt);
}

Failure fail(const std::string& body) {
    ScriptedAttempt attempt;
    attempt.replies = {ok(body)};
    return play_failure(jobs::messages(), hello, attempt);
}

const std::string stream_start =
    ": PING\n\n"
    "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\","
    "\"model\":\"m\",\"usage\":{\"input_tokens\":16,\"output_tokens\":1}}}\n\n\n"
    "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,"
    "\"content_block\":{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"}}\n\n\n"
    "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,"
    "\"delta\":{\"type\":\"thinking_delta\",\"thinking\":\"hm\"}}\n\n\n"
    "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,"
    "\"delta\":{\"type\":\"signature_delta\",\"signature\":\"EqQ\"}}\n\n\n"
    "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":1,"
    "\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n\n"
    "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":1,"
    "\"delta\":{\"type\":\"text_delta\",\"text\":\"你好\"}}\n\n\n"
    "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":1,"
    "\"delta\":{\"type\":\"text_delta\",\"text\":\" \\\"you\\\"\"}}\n\n\n";
const std::string stream_reason =
    "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":"
    "\"end_turn\",\"stop_sequence\":null},\"usage\":{\"input_tokens\":16,"
    "\"cache_read_input_tokens\":4,\"output_tokens\":25}}\n\n\n";
const std::string stream_stop = "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n\n";

}  // namespace

TEST_CASE("the answer of a message is its text blocks, whatever stands before them") {
    const auto outcome = succeed(
        R"({"type":"message","content":[{"type":"thinking","thinking":"p/q","signature":"Eq"},)"
        R"({"type":"redacted_thinking","data":"Em"},{"type":"text","text":"A"},)"
        R"({"type":"text","text":"B"}],"stop_reason":"end_turn","usage":{"input_tokens":30,)"
        R"("output_tokens":1820,"cache_read_input_tokens":7}})");

    CHECK(outcome.text == "AB");
    CHECK(outcome.reasoning == "p/q");
    CHECK(outcome.finish_reason == "end_turn");
    CHECK(outcome.flags.empty());
    CHECK(outcome.usage.input_tokens == 37);
    CHECK(outcome.usage.output_tokens == 1820);
    CHECK(outcome.usage.cached_tokens == 7);
    CHECK(outcome.reply.find("\"signature\":\"Eq\"") != std::string::npos);
}

TEST_CASE("fault row 46: a message cut by max_tokens is truncated with text and failed without") {
    const auto some =
        succeed(R"({"content":[{"type":"text","text":"half"}],"stop_reason":"max_tokens"})");
    const auto none =
        fail(R"({"content":[{"type":"thinking","thinking":"x"}],"stop_reason":"max_tokens"})");

    CHECK(some.flags == std::vector<std::string>{"truncated"});
    CHECK(none.kind == Kind::truncated);
    CHECK(none.billing == Billing::known);
}

TEST_CASE("fault row 46: a refusal is content_rejected, an empty end is no_output") {
    CHECK(fail(R"({"content":[],"stop_reason":"refusal"})").kind == Kind::content_rejected);
    CHECK(fail(R"({"type":"message","stop_reason":"end_turn"})").kind == Kind::no_output);
}

TEST_CASE("a tool call without text is an answer without text") {
    const auto outcome =
        succeed(R"({"content":[{"type":"tool_use","id":"a","name":"f","input":{}}],)"
                R"("stop_reason":"tool_use"})");

    CHECK(!outcome.text);
    CHECK(outcome.flags == std::vector<std::string>{"tool_calls"});
}

TEST_CASE("a 200 that is no message leaves open what was done") {
    for (const std::string body :
         {"", "   ", "{", "[]", "{}", "not json", "{\"content\":\"\xFF\xFE"}) {
        CAPTURE(body);
        const auto failure = fail(body);
        CHECK(failure.kind == Kind::bad_reply);
        CHECK(failure.billing == Billing::unknown);
    }
    const auto deep = fail(std::string(100000, '['));
    CHECK(deep.kind == Kind::bad_reply);
}

TEST_CASE("a streamed message is put together again") {
    const auto outcome = succeed(stream_start + stream_reason + stream_stop);

    CHECK(outcome.text == "你好 \"you\"");
    CHECK(outcome.reasoning == "hm");
    CHECK(outcome.finish_reason == "end_turn");
    CHECK(outcome.usage.output_tokens == 25);
    CHECK(outcome.usage.cached_tokens == 4);
    CHECK(outcome.reply ==
          R"({"id":"msg_1","type":"message","role":"assistant","model":"m","content":[)"
          R"({"type":"thinking","thinking":"hm","signature":"EqQ"},)"
          R"({"type":"text","text":"你好 \"you\""}],"stop_reason":"end_turn",)"
          R"("stop_sequence":null,"usage":{"input_tokens":16,"output_tokens":25,)"
          R"("cache_read_input_tokens":4}})");
}

TEST_CASE("a streamed tool call keeps its input") {
    const auto outcome = succeed(
        "data: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":"
        "\"tool_use\",\"id\":\"c1\",\"name\":\"f\",\"input\":{}}}\n\n"
        "data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":"
        "\"input_json_delta\",\"partial_json\":\"{\\\"a\\\":\"}}\n\n"
        "data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":"
        "\"input_json_delta\",\"partial_json\":\"1}\"}}\n\n"
        "data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"tool_use\"}}\n\n" +
        stream_stop);

    CHECK(outcome.flags == std::vector<std::string>{"tool_calls"});
    CHECK(outcome.reply.find(R"("input":{"a":1})") != std::string::npos);
}

TEST_CASE("a stop_reason proves a stream whole, message_stop alone does not") {
    for (const auto& body : {stream_start, stream_start + stream_stop, std::string(": PING\n\n")}) {
        CAPTURE(body);
        const auto failure = fail(body);
        CHECK(failure.kind == Kind::bad_reply);
        CHECK(failure.billing == Billing::unknown);
    }
    const auto torn = stream_start + stream_reason + "event: message_stop\ndata: {\"type\":\"mess";
    CHECK(succeed(torn).text == "你好 \"you\"");
    CHECK(succeed(stream_start + stream_reason).finish_reason == "end_turn");
}

TEST_CASE("a whole message may stand in a stream, or before something else") {
    const std::string message =
        R"({"type":"message","id":"m","content":[{"type":"text","text":"hi"}],)"
        R"("stop_reason":"end_turn","usage":{"input_tokens":5,"output_tokens":2}})";
    for (const auto& body :
         {message, message + "\nnull", message + message, message + "\n\ndata: [DONE]\n\n",
          message + R"({"type":"error","error":{"type":"api_error","message":"late"}})",
          "event: message\ndata: " + message + "\n\n"}) {
        CAPTURE(body);
        const auto outcome = succeed(body);
        CHECK(outcome.text == "hi");
        CHECK(outcome.finish_reason == "end_turn");
        CHECK(outcome.usage.output_tokens == 2);
    }
}

TEST_CASE("an event's name says what a frame without a type is") {
    const auto outcome = succeed(
        "event: message_start\ndata: "
        "{\"message\":{\"usage\":{\"input_tokens\":8,\"output_tokens\":1,"
        "\"cache_read_input_tokens\":2}}}\n\n"
        "event: content_block_delta\ndata: {\"index\":0,\"delta\":{\"text\":\"hi\"}}\n\n"
        "event: message_delta\ndata: {\"delta\":{\"stop_reason\":\"end_turn\"},"
        "\"usage\":{\"input_tokens\":0,\"output_tokens\":5}}\n\n");
    CHECK(outcome.text == "hi");
    CHECK(outcome.usage.input_tokens == 10);
    CHECK(outcome.usage.output_tokens == 5);
    CHECK(outcome.usage.cached_tokens == 2);
}

TEST_CASE("an error inside a stream is that error and not billed") {
    const std::string error =
        R"({"error":{"type":"overloaded_error","message":"Overloaded"},"type":"error"})";

    const auto event = fail(stream_start + "event: error\ndata: " + error + "\n\n");
    const auto stray = fail(stream_start + error);
    const auto after_ping = fail(": PING\n\n: PING\n\n" + error);

    for (const auto& failure : {event, stray, after_ping}) {
        CHECK(failure.kind == Kind::overloaded);
        CHECK(failure.billing == Billing::none);
    }
}
