#include "manifest/line.hpp"

#include "manifest_fixture.hpp"

#include <string>

using namespace nightshift;
using namespace nightshift::test;

namespace {

std::string short_line(const std::string& more) {
    return R"({"model":"gpt-5.4","prompt":"q")" + more + "}";  // `more` begins in column 32
}

std::string repeated(const std::string& text, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) all += text;
    return all;
}

}  // namespace

TEST_CASE("fault row 84: what is no JSON is told with its byte and the cause") {
    struct Row {
        std::string line;
        const char* problem;
    };
    const Row rows[] = {
        {std::string("{\"model\":\"a\0b\"}", 15), "1:12: a NUL byte; remove it\n"},
        {std::string("{\"a\":1}\0{\"b\":2}", 15), "1:8: a NUL byte; remove it\n"},
        {"{\"model\":\"caf\xE9\"}",
         "1:14: the byte 0xe9 is no UTF-8; save the file as UTF-8 (is it Latin-1 or GBK? iconv "
         "converts it)\n"},
        {"{\"a\":\"\xED\xA0\x80\"}",
         "1:7: the byte 0xed is no UTF-8; save the file as UTF-8 (is it Latin-1 or GBK? iconv "
         "converts it)\n"},
        {R"({"a":"\ud800"})",
         "1:7: unpaired surrogate; write both halves, or none\n"},
        {R"({"a":1} {"b":2})", "1:9: text after the JSON object; write one object a line\n"},
        {R"({"a":1}x)", "1:8: text after the JSON object; write one object a line\n"},
        {R"({"a":1,})",
         "1:8: a key in double quotes is missing here; remove the comma before it\n"},
        {R"({"a" 1})", "1:6: a ':' is missing after the key\n"},
        {R"({"a":1 "b":2})", "1:8: a ',' or '}' is missing here\n"},
        {R"({"a":'x'})", "1:6: not valid JSON; write texts in double quotes\n"},
        {R"({"a":NaN})",
         "1:6: not valid JSON; JSON knows texts in double quotes, numbers, "
         "true, false, null\n"},
        {R"({"a":01})",
         "1:6: not valid JSON; JSON knows texts in double quotes, numbers, "
         "true, false, null\n"},
        {R"({"a":"x)",
         "1:6: a text that begins here is not closed; look for a missing double "
         "quote\n"},
        {R"({"a":"\x"})", "1:7: a backslash with nothing to escape; write it as \\\\\n"},
        {"{\"a\":\"\t\"}",
         "1:7: a raw control character (0x09) inside a text; write it as \\u0009\n"},
        {R"({"a":{)",
         "1:7: the line ends in the middle of the JSON text; look for a line feed "
         "inside, or a missing bracket\n"},
        {"[1]",
         "1:1: a line must be an object, not a list; `jq -c '.[]'` writes the elements of a "
         "list as lines\n"},
        {"\"x\"",
         "1:1: a line must be an object, not a text; a task is, say, "
         "{\"model\":\"gpt-5.4\",\"prompt\":\"Hello\"}\n"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.line);
        const auto parsed = parse_line(row.line);
        CHECK_FALSE(parsed.good);
        CHECK(parsed.text() == row.problem);
    }
}

TEST_CASE(
    "fault row 84: sixty-four levels are taken, one more is refused, a hundred thousand do no "
    "harm") {
    const auto deep = [](int levels) {  // the line's own object is one
        return short_line(R"(,"metadata":{"x":)" + repeated("[", levels - 2) + "1" +
                          repeated("]", levels - 2) + "}");
    };

    CHECK(parse_line(deep(64)).good);
    CHECK(parse_line(deep(65)).text().find("nested deeper than 64") != std::string::npos);
    CHECK_FALSE(parse_line(deep(100'000)).good);
    CHECK_FALSE(parse_line(repeated("[", 1'000'000)).good);
    CHECK_FALSE(parse_line(repeated("{\"a\":", 100'000)).good);
}

TEST_CASE("fault row 84: a key twice is refused anywhere, whatever its escapes") {
    struct Row {
        std::string line;
        const char* problem;
    };
    std::string many;
    for (int i = 0; i < 30; ++i) many += "\"k" + std::to_string(i) + "\":1,";
    const Row rows[] = {
        {short_line(R"(,"model":"x")"), "1:33: the key \"model\" appears twice; keep one\n"},
        {short_line(R"(,"m\u006fdel":"x")"), "1:33: the key \"model\" appears twice; keep one\n"},
        {short_line(R"(,"params":{"a":[{"b":1,"b":2}]})"),
         "1:55: the key \"b\" appears twice in \"params.a[0]\"; keep one\n"},
        {short_line(R"(,"metadata":{"":1,"":2})"),
         "1:50: the key \"\" appears twice in \"metadata\"; keep one\n"},
        {R"({"metadata":{)" + many + R"("k7":2},"model":"gpt-5.4","prompt":"q"})",
         "1:244: the key \"k7\" appears twice in \"metadata\"; keep one\n"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.line);
        CHECK(parse_line(row.line).text() == row.problem);
    }
}

TEST_CASE("fault row 84: an object of 4,096 keys is taken, one of more is refused") {
    const auto wide = [](int keys) {
        std::string members;
        for (int i = 0; i < keys; ++i) {
            members += (i > 0 ? ",\"k" : "\"k") + std::to_string(i) + "\":0";
        }
        return short_line(",\"metadata\":{" + members + "}");
    };

    CHECK(parse_line(wide(4096)).good);
    CHECK(parse_line(wide(4097)).text() == "1:44: more than 4096 keys in one object\n");
}

TEST_CASE("the envelope is kept as written, in one order") {
    const auto task = task_of(
        R"({"expect":{"json":true},"max_attempts":3,"id":"x","model":"gpt-5.4","prompt":"q",)"
        R"("tags":[ "a" ],"priority":-5,"timeout":1.50,"metadata":{"n": 0.10}})");

    CHECK(task.priority == -5);
    CHECK(task.envelope == R"({"tags":[ "a" ],"metadata":{"n": 0.10},"timeout":1.50,)"
                           R"("max_attempts":3,"expect":{"json":true}})");
    CHECK(task_of(short_line(R"(,"tags":null,"metadata":null)")).envelope == "{}");
}

TEST_CASE("wrong fields beside the body are told at their place") {
    struct Row {
        std::string more;
        const char* problem;
    };
    const Row rows[] = {
        {R"(,"id":"")", "1:38: \"id\" is empty; leave it out to get an id made from the body\n"},
        {R"(,"id":1.5)", "1:38: \"id\" must be a text, not a number\n"},
        {R"(,"id":["x"])", "1:38: \"id\" must be a text, not a list\n"},
        {R"(,"id":"a\u0000b")", "1:38: \"id\" holds a NUL character; remove \\u0000\n"},
        {",\"id\":\"" + repeated("x", 5000) + '"', "1:38: \"id\" has 5000 bytes, more than 4096\n"},
        {R"(,"priority":1.5)",
         "1:44: \"priority\" must be an integer from -1000000000 to 1000000000\n"},
        {R"(,"tags":"a")", "1:40: \"tags\" must be a list of texts\n"},
        {R"(,"tags":[1])", "1:40: \"tags\" must be a list of texts\n"},
        {R"(,"metadata":[])", "1:44: \"metadata\" must be an object\n"},
        {R"(,"timeout":0)", "1:43: \"timeout\" must be a number of seconds from 0.001 to 604800\n"},
        {R"(,"max_attempts":0)", "1:48: \"max_attempts\" must be an integer from 1 to 1000\n"},
        {R"(,"expect":{"json":false})", "1:50: \"expect.json\" must be true\n"},
        {R"(,"expect":true)",
         "1:42: \"expect\" is not understood; write {\"json\": true} or {\"json_schema\": "
         "{...}}\n"},
        {R"(,"expect":{"xml":true})",
         "1:42: \"expect.xml\" is not known; write {\"json\": true} or {\"json_schema\": {...}}\n"},
        {R"(,"expect":{"json_schema":{"items":{"$ref":"#"}}})",
         "1:74: expect.json_schema.items.$ref is not supported; write the schema out in its "
         "place\n"},
        {R"(,"expect":{"json_schema":{"type":"objekt"}})",
         "1:65: expect.json_schema.type must name types: null, boolean, integer, number, string, "
         "array, object\n"},
        {R"(,"tagz":[])",
         "1:33: unknown field \"tagz\" of chat_completions; did you mean \"tags\"? Other fields of "
         "the body go into \"params\"\n"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.more);
        const auto parsed = parse_line(short_line(row.more));
        CHECK_FALSE(parsed.good);
        CHECK(parsed.text() == row.problem);
    }
}

TEST_CASE("an integer id is taken as its digits, any readable text as it stands") {
    CHECK(task_of(short_line(R"(,"id":17)")).id == "17");
    CHECK(task_of(short_line(R"(,"id":-1)")).id == "-1");
    CHECK(task_of(short_line(R"(,"id":"../../x \u202e\n")")).id == "../../x \xE2\x80\xAE\n");
    CHECK(task_of(short_line(",\"id\":\"" + repeated("x", 4096) + '"')).id.size() == 4096);
}

TEST_CASE("a line without text has nothing to expect of one") {
    const auto video =
        parse_line(R"({"model":"happyhorse-1.0-t2v","prompt":"q","expect":{"json":true}})");

    CHECK(video.text() == "1:44: \"expect\" is about a text, and videos gives none; remove it\n");
}

TEST_CASE("keywords of an expected schema that are not checked are a warning") {
    const auto parsed =
        parse_line(short_line(R"(,"expect":{"json_schema":{"type":"object","pattern":"x"}})"));

    CHECK(parsed.good);
    CHECK(parsed.text(true) == "1:57: these keywords of the schema are not checked: pattern\n");
}

TEST_CASE("fault row 84: every problem of a line is listed, not only the first") {
    const auto parsed =
        parse_line(R"({"id":"","model":"gpt-image-2","prompt":"","n":"2","sise":"x"})");

    CHECK(parsed.text() ==
          "1:41: \"prompt\" is empty; What to draw.\n"
          "1:48: \"n\" must be an integer, not a text; Images wanted: 1 to 10, default 1.\n"
          "1:52: unknown field \"sise\" of image_generations; did you mean \"size\"? Other fields "
          "of the body go into \"params\"\n"
          "1:7: \"id\" is empty; leave it out to get an id made from the body\n");
}

TEST_CASE("fault row 89: media of videos must be public links") {
    struct Row {
        const char *line, *problem;
    };
    const Row rows[] = {
        {R"({"model":"happyhorse-1.0-i2v","images":["/tmp/a.jpg"]})",
         "1:41: \"images[0]\": is not an http(s) link; the gateway fetches media itself: give a "
         "public http(s) link\n"},
        {R"({"model":"happyhorse-1.0-video-edit","prompt":"q","duration":3,"video":"data:video/mp4;base64,AA"})",
         "1:72: \"video\": is not an http(s) link; the gateway fetches media itself: give a "
         "public http(s) link\n"},
        {R"({"model":"happyhorse-1.0-video-edit","prompt":"q","duration":3,"video":"https://e.com/v.mp4","images":["https://e.com/1.jpg","http://10.0.0.1/2.jpg"]})",
         "1:126: \"images[1]\": is a private address; the gateway fetches media itself: give a "
         "public http(s) link\n"},
        {R"({"url":"/v1/videos","body":{"model":"happyhorse-1.0-i2v","input":{"media":[{"type":"input_image","url":"http://127.0.0.1/x"}]}}})",
         "1:104: \"body.input.media[0].url\": is a private address; the gateway fetches media "
         "itself: give a public http(s) link\n"},
        {R"({"model":"doubao-seedance-2-0-260128","prompt":"q","params":{"image":"file:///a.jpg"}})",
         "1:70: \"params.image\": is not an http(s) link; the gateway fetches media itself: give a "
         "public http(s) link\n"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.line);
        const auto parsed = parse_line(row.line);
        CHECK_FALSE(parsed.good);
        CHECK(parsed.text() == row.problem);
    }
    CHECK_FALSE(parse_line(rows[0].line, {}).good);  // also without the hook
}

TEST_CASE("doubts are warnings: the gateway decides") {
    struct Row {
        const char *line, *warning;
    };
    const Row rows[] = {
        {R"({"model":"claude-sonnet-4-6","prompt":"q","max_tokens":4096,"thinking":{"type":"enabled","budget_tokens":8192}})",
         "1:106: the thinking budget (8192) is not below max_tokens (4096)"},
        {R"({"model":"claude-sonnet-4-6","prompt":"q","thinking":{"type":"enabled","budget_tokens":99}})",
         "1:88: the thinking budget is below 1024 tokens"},
        {R"({"model":"claude-opus-4-7","prompt":"q","thinking":{"type":"enabled","budget_tokens":2000}})",
         "1:60: claude-opus-4-7 takes only"},
        {R"({"model":"claude-opus-4-7","prompt":"q","params":{"top_p":0.5}})",
         "1:50: claude-opus-4-7 refuses temperature, top_p and top_k"},
        {R"({"model":"claude-sonet-4-6","prompt":"q"})",
         "1:10: the model \"claude-sonet-4-6\" is not known; did you mean \"claude-sonnet-4-6\"?"},
        {R"({"model":"deepseek-v4-pro","prompt":"q"})",
         "1:10: the model \"deepseek-v4-pro\" is not known; did you mean \"DeepSeek-V4-Pro\"?"},
        {R"({"model":"Kimi-K2.6","prompt":"q","params":{"temperature":0.2}})",
         "1:59: Kimi-K2.6 refuses any temperature but its own"},
        {R"({"model":"gpt-image-2","prompt":"q","size":"1024×1024"})",
         "1:44: the size \"1024×1024\" is not WIDTHxHEIGHT"},
        {R"({"model":"gpt-image-2","prompt":"q","size":"512x512"})",
         "1:44: gpt-image-2 probably refuses the size \"512x512\""},
        {R"({"model":"happyhorse-1.0-t2v","prompt":"q","resolution":"720p"})",
         "1:57: Happyhorse knows the resolutions"},
        {R"({"model":"happyhorse-1.0-t2v","prompt":"q","images":["https://e.com/a.jpg"]})",
         "1:54: t2v takes no media"},
        {R"({"model":"happyhorse-1.0-i2v","images":["https://e.com/a.jpg"],"ratio":"1:1"})",
         "1:72: i2v takes the ratio from the image"},
        {R"({"url":"/v1/videos","body":{"model":"happyhorse-1.0-video-edit","input":{"prompt":"q","media":[{"type":"video","url":"https://e.com/v.mp4"}]},"parameters":{"duration":3}}})",
         "1:168: video-edit wants duration at the top level"},
        {R"({"model":"happyhorse-1.0-t2v","prompt":"q","duration":60})",
         "1:1: Happyhorse makes videos of 3 to 15 seconds"},
        {R"({"model":"doubao-seedance-2-0-260128","prompt":"q","resolution":"720P"})",
         "1:65: Seedance knows the resolutions"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.line);
        const auto parsed = parse_line(row.line);
        CHECK(parsed.good);
        CHECK(parsed.text() == "");
        CHECK_MESSAGE(parsed.text(true).find(row.warning) != std::string::npos, parsed.text(true));
    }
}

TEST_CASE("fault row 90: nothing of a line reaches the screen as it is") {
    const auto parsed = parse_line(short_line(",\"\\u001b]0;x\\u0007\\u202e\":1"));

    const std::string text = parsed.text();
    CHECK(text.find('\x1b') == std::string::npos);
    CHECK(text.find('\x07') == std::string::npos);
    CHECK(text.find("\xE2\x80\xAE") == std::string::npos);
    CHECK(text.find("unknown field") != std::string::npos);
}

TEST_CASE("a line of megabytes with an inline image is taken, and memory is given back after it") {
    const std::string image = repeated("iVBORw0KGgoAAAANSUhEUgAA", 200'000);  // 4.8 MB
    const std::string body =
        R"({"contents":[{"parts":[{"text":"q"},{"inlineData":{"data":")" + image + R"("}}]}]})";

    const auto task =
        task_of(R"({"url":"/v1beta/models/gemini-3.5-flash:generateContent","body":)" + body + "}");

    CHECK(task.body == body);
    CHECK(task.estimate.input_tokens < 2000);
}

TEST_CASE("a long text without a space is no image, and weighs what it has bytes") {
    const std::string table = repeated("price,42.10;", 3'500);  // 42,000 bytes
    const auto task = task_of(R"({"model":"gpt-5.4","prompt":")" + table + "\"}");

    CHECK(task.estimate.input_tokens > 9'900);
    CHECK(task.estimate.input_tokens < 10'100);
}

TEST_CASE("what a task may cost is estimated from its body") {
    const auto text = task_of(R"({"model":"gpt-5.4","max_tokens":50,"prompt":"The quick brown fox )"
                              R"(jumps over the lazy dog and runs into the forest."})");
    const auto images = task_of(R"({"model":"gpt-image-2","prompt":"q","n":3})");
    const auto video = task_of(R"({"model":"happyhorse-1.0-t2v","prompt":"q","duration":7})");
    const auto default_video = task_of(R"({"model":"happyhorse-1.0-t2v","prompt":"q"})");
    const auto speech = task_of(R"({"model":"qwen3-tts-flash","input":"你好, a","voice":"v"})");
    const auto gemini_image = task_of(R"({"model":"gemini-3-image","prompt":"q"})");

    CHECK(text.estimate.input_tokens >= 15);
    CHECK(text.estimate.input_tokens <= 21);
    CHECK(text.estimate.output_tokens_max == 50);
    CHECK(images.estimate.images == 3);
    CHECK(video.estimate.seconds == 7);
    CHECK(default_video.estimate.seconds == 5);
    CHECK(speech.estimate.characters == 5);
    CHECK(gemini_image.estimate.images == 1);
    CHECK(text.estimate.images == 0);
}
