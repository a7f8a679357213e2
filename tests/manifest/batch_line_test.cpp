#include "manifest_fixture.hpp"

#include <string>

using namespace nightshift;
using namespace nightshift::test;

TEST_CASE("fault row 84: the body of a request line is sent byte for byte") {
    const std::string body =
        R"({ "model" :"gpt-5.4", "messages":[{"role":"user","content":"\u4e2d\/ 中 \"}\""}],)"
        R"( "seed":18446744073709551616, "temperature": 0.1000,	"x":-1E-0400, "big":1e400})";

    const auto task = task_of(R"({"custom_id":"a/b","method":"POST","url":"/v1/chat/completions",)"
                              R"( "body" : )" +
                              body + R"( , "tags":["t"]})");

    CHECK(task.body == body);
    CHECK(task.id == "a/b");
    CHECK(task.endpoint == "chat_completions");
    CHECK(task.model == "gpt-5.4");
    CHECK(task.path == "/v1/chat/completions");
    CHECK(task.envelope == R"({"tags":["t"]})");
}

TEST_CASE("method and url may be missing, as Mistral and Together have it") {
    const auto chat = task_of(
        R"({"custom_id":"1","body":{"model":"gpt-5.4","messages":[{"role":"user","content":"q"}]}})");
    const auto claude = task_of(
        R"({"body":{"model":"claude-opus-4-7","max_tokens":5,"messages":[{"role":"user","content":"q"}]}})");
    const auto gemini = task_of(
        R"({"id":"g","body":{"model":"gemini-3.5-flash","contents":[{"parts":[{"text":"q"}]}]}})");

    CHECK(chat.path == "/v1/chat/completions");
    CHECK(claude.endpoint == "messages");
    CHECK(gemini.path == "/v1beta/models/gemini-3.5-flash:generateContent");
    CHECK(gemini.id == "g");
}

TEST_CASE("a request line says itself whether it streams") {
    const auto chat = task_of(
        R"({"url":"/v1/chat/completions","body":{"model":"m","messages":[{"role":"user"}],"stream":true}})");
    const auto plain = task_of(
        R"({"url":"/v1/chat/completions","body":{"model":"m","messages":[{"role":"user"}],"stream":false}})");
    const auto gemini = task_of(
        R"({"url":"/v1beta/models/gemini-3.5-flash:streamGenerateContent?alt=sse","body":{"contents":[{"parts":[{"text":"q"}]}]}})");

    CHECK(chat.stream);
    CHECK_FALSE(plain.stream);
    CHECK(gemini.stream);
    CHECK(gemini.model == "gemini-3.5-flash");
    CHECK(gemini.path == "/v1beta/models/gemini-3.5-flash:streamGenerateContent?alt=sse");
}

TEST_CASE("an Anthropic batch line is taken unchanged") {
    const std::string params =
        R"({"model":"claude-sonnet-4-6","max_tokens":256,"messages":[{"role":"user","content":"q"}]})";

    const auto task = task_of(R"({"custom_id":"row-17","params":)" + params + "}");

    CHECK(task.endpoint == "messages");
    CHECK(task.id == "row-17");
    CHECK(task.body == params);
}

TEST_CASE("a Gemini batch line takes its model from the line, the request or --model") {
    const std::string contents = R"("contents":[{"parts":[{"text":"q"}]}])";
    auto options = toy_options();
    options.default_model = "gemini-3.5-flash";

    const auto from_line =
        task_of(R"({"key":"k","model":"models/gemini-9","request":{)" + contents + "}}");
    const auto from_request =
        task_of(R"({"key":"k","request":{"model":"models/gemini-8",)" + contents + "}}");
    const auto from_flag = task_of(R"({"key":"k","request":{)" + contents + "}}", options);
    const auto vertex = task_of(R"({"request":{)" + contents + "}}", options);
    const auto none = parse_line(R"({"key":"k","request":{)" + contents + "}}");
    const auto odd_key = parse_line(R"({"custom_id":"k","request":{)" + contents + "}}", options);

    CHECK(from_line.path == "/v1beta/models/gemini-9:generateContent");
    CHECK(from_request.model == "gemini-8");
    CHECK(from_flag.path == "/v1beta/models/gemini-3.5-flash:generateContent");
    CHECK(from_flag.id == "k");
    CHECK(vertex.id.empty());
    CHECK(none.text() == "1:1: the line names no model; add \"model\", or give --model NAME\n");
    CHECK(odd_key.good);
    CHECK(odd_key.task.id == "k");
    CHECK(odd_key.text(true) == "1:14: a Gemini line has its id in \"key\"; taken as the id\n");
}

TEST_CASE("what is wrong with a request line is said at its place") {
    const std::string body = R"("body":{"model":"gpt-5.4","messages":[{"role":"user"}]}})";
    struct Row {
        std::string line;
        const char* problem;
    };
    const Row rows[] = {
        {R"({"url":"https://api.example.com/v1/chat/completions",)" + body,
         "1:8: \"url\" is a full URL; write the path alone, such as /v1/videos; the host comes "
         "from --base-url\n"},
        {R"({"url":"/chat/completions",)" + body,
         "1:8: no endpoint is at \"/chat/completions\"; did you mean /v1/chat/completions?\n"},
        {R"({"url":"/v1/chat/completions/",)" + body,
         "1:8: no endpoint is at \"/v1/chat/completions/\"; did you mean /v1/chat/completions?\n"},
        {R"({"url":"/v1beta/models/gemini-3.5-flash:streamGenerateContent",)" + body,
         "1:8: only server-sent events can be read from a stream; write "
         ":streamGenerateContent?alt=sse\n"},
        {R"({"url":"/v1beta/models/gemini-3.5-flash:generateContent?key=AIza",)" + body,
         "1:8: \"url\" holds a key; remove it; the key comes from the environment or "
         "--api-key-file\n"},
        {R"({"url":"/v1/chat completions",)" + body,
         "1:8: \"url\" holds a character that no URL may hold; percent-encode it\n"},
        {R"({"url":7,)" + body, "1:8: \"url\" must be a text, not a number\n"},
        {R"({"method":"GET","url":"/v1/chat/completions",)" + body,
         "1:11: \"method\" must be \"POST\"; or leave it out\n"},
        {R"({"url":"/v1/chat/completions","body":[]})",
         "1:38: \"body\" must be an object, not a list\n"},
        {R"({"custom_id":"x","url":"/v1/chat/completions"})",
         "1:1: a request line without \"body\"; add \"body\"\n"},
        {R"({"custom_id":"x","body":{"messages":[]}})",
         "1:1: \"url\" is missing, and the body names no model to tell it from; add \"url\", such "
         "as \"/v1/chat/completions\"\n"},
        {R"({"url":"/v1/messages","body":{"model":"claude-sonnet-4-6","messages":[{"role":"user","content":"q"}]}})",
         "1:30: \"max_tokens\" is missing in \"body\"; Most tokens to write, thinking included; an "
         "integer of 1 or more.\n"},
        {R"({"url":"/v1/chat/completions","body":{"model":"m","messages":[{"content":7}]}})",
         "1:63: \"role\" is missing in \"body.messages[0]\"\n"
         "1:74: \"body.messages[0].content\" must be null or a text or a list, not a number\n"},
        {R"({"url":"/v1/videos","body":{"model":"gpt-image-2","input":{"prompt":"x"}}})",
         "1:37: the model \"gpt-image-2\" belongs to image_generations (/v1/images/generations), "
         "not to videos; change the model or the endpoint\n"},
        {R"({"url":"/v1/images/generations","body":{"model":"gpt-image-2","prompt":"x","stream":true}})",
         "1:85: \"body.stream\" must be false; Streamed images are not read; leave stream out.\n"},
        {R"({"custom_id":"x","bdy":{},"model":"gpt-5.4","prompt":"x"})",
         "1:2: unknown field \"custom_id\" of chat_completions; in a short line it is called "
         "\"id\"\n1:18: unknown field \"bdy\" of chat_completions; other fields of the body go "
         "into \"params\"\n"},
        {R"({"custom_id":"x","metdata":{},"url":"/v1/chat/completions",)" + body,
         "1:18: unknown field \"metdata\"; did you mean \"metadata\"?\n"},
        {R"({"custom_id":"x","temperature":1,"url":"/v1/chat/completions",)" + body,
         "1:18: unknown field \"temperature\"; fields of the request belong into its body; notes "
         "of yours into \"metadata\"\n"},
        {R"({"question":"x"})",
         "1:1: neither a request line (custom_id, url, body) nor a short line (id, model, "
         "prompt); see `nightshift help manifest`\n"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.line);
        const auto parsed = parse_line(row.line);
        CHECK_FALSE(parsed.good);
        CHECK(parsed.text() == row.problem);
    }
}

TEST_CASE("models of the same kind at another endpoint are a doubt, told once") {
    LineParser parser(endpoints(), toy_options());
    std::vector<Problem> problems;
    ManifestTask task;
    const std::string line =
        R"({"url":"/v1/chat/completions","body":{"model":"claude-sonnet-4-6","messages":[{"role":"user"}]}})";
    const std::string padded = line + std::string(64, ' ');
    const RawLine raw{std::string_view(padded).substr(0, line.size()), 1, 1};

    CHECK(parser.parse(raw, task, problems));
    CHECK(parser.parse(raw, task, problems));

    REQUIRE(problems.size() == 1);
    CHECK(problems[0].warning);
    CHECK(problems[0].text().find("belongs to messages (/v1/messages)") != std::string::npos);
}
