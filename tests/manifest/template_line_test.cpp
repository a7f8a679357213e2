// Lines that wait for results or read files: what is kept of them, and what is told at load.

#include "manifest_fixture.hpp"

#include "manifest/filled_request.hpp"
#include "stages/fill.hpp"
#include "stages/stage_line.hpp"

using namespace nightshift;
using namespace nightshift::test;

namespace {

std::string line_with(const std::string& fields) {
    return R"({"id":"a","model":"gpt-5.4",)" + fields + "}";
}

// What is told of the line.
std::string said(const std::string& fields) {
    return parse_line(line_with(fields)).text();
}

bool tells(const std::string& fields, const std::string& words) {
    const auto text = said(fields);
    INFO(text);
    const bool found = text.find(words) != std::string::npos;
    CHECK(found);
    return found;
}

}  // namespace

TEST_CASE("a line that waits is kept as its stage text, in the line's own bytes") {
    const auto task = task_of(
        R"({"id":"a", "tags":["x"], "model":"gpt-5.4", "prompt":"\u00e9 {{s.text}}", "after": {"s": "b"},)"
        R"( "params":{"temperature":0.10}, "on_failed":"skip","task":"t"})");
    CHECK(task.waits);
    CHECK(task.endpoint == "chat_completions");
    CHECK(task.model == "gpt-5.4");
    CHECK(task.path == "/v1/chat/completions");
    CHECK(task.body == R"({"after":{"s": "b"},"on_failed":"skip","request":{"model":"gpt-5.4",)"
                       R"("prompt":"\u00e9 {{s.text}}","params":{"temperature":0.10}}})");
    CHECK(task.envelope == R"({"tags":["x"],"task":"t"})");
    CHECK(!task.needs_only_success);
    REQUIRE(task.needs.size() == 1);
    CHECK(task.needs[0].id == "b");
    std::string error;
    CHECK(stages::parse_stage_line(task.body, error));

    const auto body = task_of(
        R"({"custom_id":"a","url":"/v1/messages","body":{"model":"claude-opus-4-7", "max_tokens":7,)"
        R"("messages":[{"role":"user","content":"{{s.text}}"}]},"after":{"s":["b","c"]}})");
    CHECK(body.body ==
          R"({"after":{"s":["b","c"]},"body":{"model":"claude-opus-4-7", "max_tokens":7,)"
          R"("messages":[{"role":"user","content":"{{s.text}}"}]}})");
    CHECK(body.needs_only_success);
    CHECK(body.needs.size() == 2);
    const auto plain = task_of(line_with(R"("prompt":"q","after":null)"));
    CHECK(!plain.waits);
    CHECK(plain.needs.empty());
}

TEST_CASE("where the paths of files begin is written beside the line") {
    LineOptions options = toy_options();
    options.folder = "/data/set \"1\"";
    const auto line = line_with(R"("prompt":"{{f.text}}","files":{"f":"notes/a.txt"})");
    CHECK(task_of(line, options).envelope == R"({"folder":"/data/set \"1\""})");
    CHECK(task_of(line_with(R"("prompt":"q","after":{"s":"b"})"), options).envelope == "{}");
    for (const std::string path : {"../a.txt", "/etc/passwd", "x/../../a.txt", "..", "/data/b"}) {
        CAPTURE(path);
        const auto outside = line_with(R"("prompt":"{{f.text}}","files":{"f":")" + path + "\"}");
        CHECK(parse_line(outside, options).text().find("is outside the manifest's folder") !=
              std::string::npos);
    }
    options.allowed_folders = {"/data"};
    CHECK(parse_line(line_with(R"("prompt":"{{f.text}}","files":{"f":"../a.txt"})"), options).good);
    CHECK(!parse_line(line_with(R"("prompt":"{{f.text}}","files":{"f":"../../a.txt"})"), options)
               .good);
}

TEST_CASE("what is wrong with the fields of a stage is told with its place") {
    CHECK(tells(R"("prompt":"q","after":["b"])", R"("after" must be an object, not a list)"));
    CHECK(tells(R"("prompt":"q","after":{"s":{"all":["b"],"laest":1}})",
                R"("after.s.laest": unknown key "laest"; did you mean "least"?)"));
    CHECK(tells(R"("prompt":"q","after":{"s":[""]})", R"("after.s[0]": an id must be a text)"));
    CHECK(tells(R"("prompt":"q","on_failed":"stop")", R"("on_failed" must be "cancel")"));
    CHECK(tells(R"("prompt":"q","when":[])", R"(the line has no "after")"));
    CHECK(tells(R"("prompt":"q","after":{"s":"b"},"each":{"e":{"of":"{{s.json}}","n":4,"most":3}})",
                "n is 4, more than most = 3"));
    CHECK(tells(R"("prompt":"q","after":{"s":"b"},"when":[{"value":"{{s.data_url}}","is":1}])",
                "files are not read for a decision"));
}

TEST_CASE("placeholders are judged when the line is loaded") {
    const std::string after = R"("after":{"story":"b"},)";
    CHECK(tells(after + R"("prompt":"{{sotry.text}}")",
                "unknown name 'sotry'; did you mean 'story'?"));
    CHECK(tells(after + R"("prompt":"{{story.txt}}")",
                "a result has no 'txt'; did you mean 'text'?"));
    CHECK(tells(after + R"("prompt":"{{story}}")", "does not say which of its values"));
    CHECK(tells(after + R"("prompt":"{{story.text | trimm}}")", "unknown filter"));
    CHECK(tells(after + R"("prompt":"{{story.text")", "is not closed"));
    CHECK(tells(after + R"("prompt":"{{story.url}}")", "links need [publish]"));
    CHECK(tells(after + R"("prompt":"{{story.url}}")", "{{story.link}}"));
    CHECK(tells(after + R"("prompt":"q","tags":["{{story.text}}"])", R"(cannot stand in "tags")"));
    CHECK(tells(after + R"("prompt":"q","metadata":{"k":["{{story.text}}"]})",
                R"(cannot stand in "metadata")"));
    CHECK(tells(after + R"("prompt":"q","files":{"f":"{{story.text}}"})",
                R"(cannot stand in "files")"));
    CHECK(said(after + R"("prompt":"q","metadata":{"k":"{{other}} {{"})") == "");
    CHECK(parse_line(R"({"id":"{{s.text}}","model":"gpt-5.4","prompt":"q","after":{"s":"b"}})")
              .text()
              .find(R"(cannot stand in "id")") != std::string::npos);
    CHECK(parse_line(R"({"model":"{{s.text}}","prompt":"q","after":{"s":"b"}})")
              .text()
              .find(R"(cannot stand in "model")") != std::string::npos);
    CHECK(
        parse_line(
            R"({"url":"/v1/chat/completions","body":{"model":"{{s.text}}","messages":[{"role":"user","content":"q"}]},"after":{"s":"b"}})")
            .text()
            .find(R"(cannot stand in "model")") != std::string::npos);
    const auto place = parse_line(line_with(R"("after":{"s":"b"},"prompt":"{{t.text}}")"));
    REQUIRE(place.problems.size() == 1);
    CHECK(place.problems[0].column == 56);
}

TEST_CASE("what a placeholder stands for is judged later, everything else at once") {
    const std::string after = R"("after":{"s":"b"},)";
    CHECK(said(after + R"("prompt":"q","max_tokens":"{{s.json.n}}")") == "");
    CHECK(tells(after + R"("prompt":"{{s.text}}","max_tokens":0)", "max_tokens"));
    CHECK(said(after + R"("messages":"{{s.json}}")") == "");
    CHECK(said(after + R"("messages":["{{s.json}}"])") == "");
    CHECK(said(after + R"("prompt":"q","params":"{{s.json}}")") == "");
    CHECK(said(after + R"("prompt":"q","params":{"temperature":"{{s.json.t}}"})") == "");
    CHECK(tells(after + R"("prompt":"q","params":{"temperature":9,"seed":"{{s.json.t}}"})",
                "temperature"));
    for (const std::string model :
         {"gpt-5.4", "claude-opus-4-7", "gemini-3.5-flash", "happyhorse-1.0-r2v"}) {
        CAPTURE(model);
        const auto with = [&model](const std::string& fields) {
            return parse_line(R"({"model":")" + model + R"(","prompt":"q",)" + fields + "}").text();
        };
        CHECK(with(R"("after":{"p":["b","c"]},"images":"{{p.data_url}}")") == "");
        CHECK(with(R"("after":{"p":"b"},"images":["{{p.link}}"])") == "");
        CHECK(with(R"("after":{"p":"b"},"images":["{{p.link}}",7])") != "");
    }
    for (const std::string messages :
         {R"(["{{s.json}}"])", R"([{"role":"user","content":["{{s.json}}"]}])",
          R"([{"role":"{{s.text}}","content":"x"}])", R"("{{s.json}}")"}) {
        CAPTURE(messages);
        CHECK(parse_line(R"({"model":"gemini-3.5-flash","after":{"s":"b"},"messages":)" + messages +
                         "}")
                  .text() == "");
    }
}

TEST_CASE("a result that is not there yet is estimated as a page") {
    const auto tokens = [](const std::string& fields) {
        return task_of(line_with(fields)).estimate.input_tokens;
    };
    const auto plain = tokens(R"("prompt":"{{s.text}} {{s.text}}","after":{"s":"b"})");
    CHECK(plain >= 2000);
    CHECK(plain < 2050);
    CHECK(tokens(R"("prompt":"{{s.text | join(\"\")}}","after":{"s":["b","c","d"]})") >= 3000);
    const auto speech = task_of(
        R"({"model":"qwen3-tts-flash","input":"{{s.text}}","voice":"Cherry","after":{"s":"b"}})");
    CHECK(speech.estimate.characters == 4010);
}

TEST_CASE("a plain line keeps its braces; check says once that they look like a placeholder") {
    LineOptions judging = toy_options();
    judging.judge_only = true;
    std::vector<Problem> problems;
    LineParser parser(endpoints(), judging);
    ManifestTask task;
    for (int i = 0; i < 2; ++i) {
        std::string text = R"({"id":"t","model":"gpt-5.4","prompt":"{{x}}"})";
        text.reserve(text.size() + 64);
        REQUIRE(parser.parse({text, i + 1, 1}, task, problems));
        CHECK(task.body == R"({"model":"gpt-5.4","messages":[{"role":"user","content":"{{x}}"}]})");
    }
    REQUIRE(problems.size() == 1);
    CHECK(problems[0].warning);
    CHECK(problems[0].what.find("looks like a placeholder") != std::string::npos);
    CHECK(parse_line(R"({"id":"t","model":"gpt-5.4","prompt":"{{x}}"})").text() == "");
}

TEST_CASE("a filled line becomes the request that a plain line becomes") {
    RequestMaker maker(endpoints(), toy_options());
    std::string problem;
    const std::string filled = R"({"model":"gpt-5.4","prompt":"Hello {{x}}","max_tokens":7})";
    const auto made =
        maker.make(filled, false, "chat_completions", "gpt-5.4", "/v1/chat/completions", problem);
    REQUIRE(made);
    const auto plain = task_of(filled);
    CHECK(made->body == plain.body);
    CHECK(made->path == plain.path);
    CHECK(made->estimate.input_tokens == plain.estimate.input_tokens);

    const std::string body = R"({"contents":[ {"parts":[{"text":"\u00e9"}]} ]})";
    const std::string path = "/v1beta/models/gemini-3.5-flash:streamGenerateContent?alt=sse";
    const auto sent = maker.make(body, true, "generate_content", "gemini-3.5-flash", path, problem);
    REQUIRE(sent);
    CHECK(sent->body == body);
    CHECK(sent->path == path);
    CHECK(sent->stream);

    CHECK(!maker.make(R"({"model":"gpt-5.4","prompt":"q","max_tokens":"many"})", false,
                      "chat_completions", "gpt-5.4", "/v1/chat/completions", problem));
    CHECK(problem.find("max_tokens") != std::string::npos);
    CHECK(!maker.make("{\"model\":", false, "chat_completions", "gpt-5.4", "/v1/chat/completions",
                      problem));
    CHECK(!maker.make(R"({"model":"GLM-5.1","prompt":"q"})", false, "chat_completions", "gpt-5.4",
                      "/v1/chat/completions", problem));
    CHECK(problem.find("GLM-5.1") != std::string::npos);
    CHECK(
        !maker.make("{}},{", true, "chat_completions", "gpt-5.4", "/v1/chat/completions", problem));
}

TEST_CASE("from a manifest's line to the request: pictures of two results for a judge") {
    class Pictures : public stages::Files {
    public:
        bool output(const std::string& path, std::string& bytes, std::string&) override {
            bytes = path;
            return true;
        }
        bool own(const std::string&, std::string&, std::string&) override { return false; }
    };
    const auto task = task_of(
        R"({"model":"gemini-3.5-flash","prompt":"{{story.json.0 | trim}}?","images":"{{p.data_url}}","max_tokens":"{{story.json.1}}",)"
        R"("after":{"story":"s","p":{"all":["p1","p2","p3"],"as":"picture","least":1}}})");
    std::string problem;
    const auto line = stages::parse_stage_line(task.body, problem);
    REQUIRE(line);
    const auto picture = [](const std::string& path) {
        return stages::Upstream{
            State::succeeded, "", 1,
            R"({"outputs":[{"path":")" + path + R"(","media_type":"image/png"}]})"};
    };
    const stages::Upstreams upstreams = {
        {"s", {State::succeeded, "", 1, R"({"text":"[\" Which {{x}}\", 50]"})"}},
        {"p1", picture("one")},
        {"p2", {State::failed, "no_output", 1, ""}},
        {"p3", picture("two")}};
    Pictures files;
    const auto filled = stages::fill(*line, upstreams, files);
    REQUIRE(filled.good);
    RequestMaker maker(endpoints(), toy_options());
    const auto made =
        maker.make(filled.line, line->is_body, task.endpoint, task.model, task.path, problem);
    INFO(problem);
    REQUIRE(made);
    CHECK(made->body ==
          R"({"contents":[{"parts":[{"inlineData":{"mimeType":"image/png","data":"b25l"}},)"
          R"({"inlineData":{"mimeType":"image/png","data":"dHdv"}},{"text":"Which {{x}}?"}]}],)"
          R"("generationConfig":{"maxOutputTokens":50}})");
    CHECK(made->path == task.path);
}

TEST_CASE("images stand before the prompt as each protocol has them") {
    const auto body = [](const std::string& model, const std::string& image) {
        return task_of(R"({"model":")" + model + R"(","prompt":"What?","images":[")" + image +
                       "\"]}")
            .body;
    };
    const std::string url = "https://example.com/a.png", data = "data:image/png;base64,iVBO";
    CHECK(
        body("gpt-5.4", url) ==
        R"({"model":"gpt-5.4","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://example.com/a.png"}},{"type":"text","text":"What?"}]}]})");
    CHECK(body("gpt-5.4", data).find(R"("url":"data:image/png;base64,iVBO")") != std::string::npos);
    CHECK(
        body("claude-opus-4-7", url)
            .find(
                R"("content":[{"type":"image","source":{"type":"url","url":"https://example.com/a.png"}},{"type":"text","text":"What?"}])") !=
        std::string::npos);
    CHECK(body("claude-opus-4-7", "data:image\\/png;base64,iV\\/O")
              .find(R"({"type":"base64","media_type":"image/png","data":"iV/O"})") !=
          std::string::npos);
    CHECK(
        body("gemini-3.5-flash", data) ==
        R"({"contents":[{"parts":[{"inlineData":{"mimeType":"image/png","data":"iVBO"}},{"text":"What?"}]}]})");
    const auto problem = [](const std::string& model, const std::string& fields) {
        return parse_line(R"({"model":")" + model + "\"," + fields + "}").text();
    };
    const auto has = [](const std::string& text, const std::string& words) {
        INFO(text);
        CHECK(text.find(words) != std::string::npos);
    };
    has(problem("gemini-3.5-flash", R"("prompt":"q","images":[")" + url + "\"]"),
        "\"images[0]\" is a link, and this protocol takes none");
    has(problem("gpt-5.4", R"("prompt":"q","images":["http://127.0.0.1/a.png"])"),
        "is a private address");
    has(problem("gpt-5.4", R"("prompt":"q","images":["data:text/plain;base64,aa"])"),
        "is not an image as a data URL");
    has(problem("gpt-5.4", R"("prompt":"q","images":"x")"), "images");
    has(problem("gpt-5.4", R"("messages":[{"role":"user","content":"q"}],"images":["x"])"),
        "\"images\" go with \"prompt\"");
}
