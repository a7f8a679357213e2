// Requests filled with results and files: types, bytes, what is not there.

#include "fixture.hpp"
#include "stages/result.hpp"

#include <doctest/doctest.h>

#include <chrono>

using namespace nightshift;
using namespace nightshift::test;
using nightshift::stages::Upstreams;

namespace {

std::string of_prompt(const std::string& prompt, const Upstreams& upstreams,
                      const std::string& fields = R"("after":{"s":"a"})") {
    MemoryFiles files;
    files.outputs["outputs/a.png"] = "\x89PNG\r\n\x1a\n";
    files.mine["notes.txt"] = "noted {{s.text}}";
    files.mine["bad.txt"] = "\xFF";
    return filled(stage_line("{" + fields + R"(,"request":{"p":")" + prompt + R"("}})"), upstreams,
                  files);
}

const auto answer = succeeded(
    R"("text":"{\"n\":1.50,\"list\":[1,\"{{s.text}}\"],\"title\":\"T \\\"q\\\"\",\"nil\":null}",)"
    R"("finish_reason":"stop","model":"m","usage":{"input_tokens":3},"flags":["fenced"],)"
    R"("metadata":{"k":"v"},"outputs":[{"path":"outputs/a.png","bytes":8,"sha256":"0",)"
    R"("media_type":"image/png","width":2,"height":null,"duration_s":null,)"
    R"("url":"https://gw.example.com/v"}])");

}  // namespace

TEST_CASE("every view of a result is read") {
    const Upstreams all = {{"a", answer}};
    const auto lone = [&all](const std::string& view) {
        return of_prompt("{{s." + view + "}}", all);
    };
    CHECK(lone("json.n") == R"({"p":1.50})");
    CHECK(lone("json.list") == R"({"p":[1,"{{s.text}}"]})");
    CHECK(lone("json.list.0") == R"({"p":1})");
    CHECK(lone("finish_reason") == R"({"p":"stop"})");
    CHECK(lone("usage.input_tokens") == R"({"p":3})");
    CHECK(lone("flags.0") == R"({"p":"fenced"})");
    CHECK(lone("metadata.k") == R"({"p":"v"})");
    CHECK(lone("path") == R"({"p":"outputs/a.png"})");
    CHECK(lone("width") == R"({"p":2})");
    CHECK(lone("outputs.0.bytes") == R"({"p":8})");
    CHECK(lone("base64") == R"({"p":"iVBORw0KGgo="})");
    CHECK(lone("data_url") == R"({"p":"data:image/png;base64,iVBORw0KGgo="})");
    CHECK(lone("link") == R"({"p":"https://gw.example.com/v"})");
    CHECK(lone("url") == "unresolved: {{s.url}}: links need [publish]");
    CHECK(of_prompt("{{s.json.title}} {{s.json.n}} {{s.json.list}}", all) ==
          R"({"p":"T \"q\" 1.50 [1,\"{{s.text}}\"]"})");
}

TEST_CASE("what is not there fails, and says so in one line") {
    const Upstreams all = {{"a", answer}};
    CHECK(of_prompt("{{s.json.titel}}", all) ==
          "unresolved: {{s.json.titel}}: json.titel is not there; did you mean 'title'?");
    CHECK(of_prompt("{{s.json.list.7}}", all) ==
          "unresolved: {{s.json.list.7}}: json.list.7 is not there: the list has 2 elements");
    CHECK(of_prompt("{{s.json.nil}}", all) == "unresolved: {{s.json.nil}}: json.nil is null");
    CHECK(of_prompt("{{s.height}}", all) == "unresolved: {{s.height}}: height is null");
    CHECK(of_prompt("{{s.json.nil | default(7)}}", all) == R"({"p":7})");
    CHECK(of_prompt("x{{s.json.no | optional}}", all) == R"({"p":"x"})");
    CHECK(of_prompt("{{s.json.no | optional}}", all) == "{}");
    const Upstreams plain = {{"a", succeeded(R"("text":"hello","outputs":[])")}};
    CHECK(of_prompt("{{s.json}}", plain) == "unresolved: {{s.json}}: the answer is not JSON");
    CHECK(of_prompt("{{s.path}}", plain) == "unresolved: {{s.path}}: it has no file");
    CHECK(of_prompt("{{s.link}}", plain) == "unresolved: {{s.link}}: it has no file");
    const Upstreams empty = {{"a", in_state(State::succeeded)}};
    CHECK(of_prompt("{{s.text}}", empty) == "unresolved: {{s.text}}: text is null");
}

TEST_CASE("files of the user's are read once, and what they hold is not read again") {
    MemoryFiles files;
    files.mine["n.txt"] = "noted {{f.text}} \"q\"\n";
    const auto line = stage_line(
        R"({"files":{"f":"n.txt"},"request":{"p":"{{f.text}}","q":"{{f.bytes}} {{f.path}}"}})");
    CHECK(filled(line, {}, files) == R"({"p":"noted {{f.text}} \"q\"\n","q":"21 n.txt"})");
    CHECK(files.reads == 1);
    const std::string fields = R"("files":{"f":"NAME"})";
    const auto of = [&](const std::string& name, const std::string& prompt) {
        auto named = fields;
        named.replace(named.find("NAME"), 4, name);
        return of_prompt(prompt, {}, named);
    };
    CHECK(of("none.txt", "{{f.data_url}}") ==
          "file_missing: {{f.data_url}}: none.txt: no such file");
    CHECK(of("bad.txt", "{{f.text}}") == "unresolved: {{f.text}}: bad.txt: byte 1 is not UTF-8");
    CHECK(of("notes.txt", "{{f.media_type}}") == R"({"p":"text/plain"})");
}

TEST_CASE("several results are a list or one text, numbered as they are shown") {
    const Upstreams all = {{"a", succeeded(R"("text":"A")")},
                           {"b", failed("quota")},
                           {"c", succeeded(R"("text":"C {{n}}")")}};
    const std::string with_text =
        R"("after":{"s":{"all":["a","b","c"],"as":"w","text":"{{n}}: {{w.text}}","join":"; ","least":1}})";
    CHECK(of_prompt("<{{s}}>", all, with_text) == R"({"p":"<1: A; 2: C {{n}}>"})");
    const std::string list = R"("after":{"s":{"all":["a","b","c"],"as":"w","least":1}})";
    CHECK(of_prompt("{{s.text}}", all, list) == R"({"p":["A","C {{n}}"]})");
    CHECK(of_prompt("{{s.text | join(\\\"+\\\")}}", all, list) == R"({"p":"A+C {{n}}"})");
    CHECK(of_prompt("{{s.json}}", all, list) ==
          "unresolved: {{s.json}}: of a: the answer is not JSON");
}

TEST_CASE("a link that went in is told of") {
    MemoryFiles files;
    const auto line = stage_line(R"({"after":{"s":"a"},"request":{"v":"{{s.link}}"}})");
    CHECK(stages::fill(line, {{"a", answer}}, files).used_link);
    const auto other = stage_line(R"({"after":{"s":"a"},"request":{"v":"{{s.text}}"}})");
    CHECK(!stages::fill(other, {{"a", answer}}, files).used_link);
}

TEST_CASE("values that would make a request of more than 64 MiB are refused in time") {
    MemoryFiles files;
    files.mine["big"] = std::string(30u << 20, 'x');
    const auto line = stage_line(
        R"({"files":{"f":"big"},"request":{"p":"{{f.text}}{{f.text}}{{f.text}}{{f.text}}"}})");
    CHECK(filled(line, {}, files) == "filled_body: it is longer than 64 MiB");
    const auto list = stage_line(
        R"({"files":{"f":"big"},"request":{"p":["{{f.text}}","{{f.text}}","{{f.text}}"]}})");
    CHECK(filled(list, {}, files) == "filled_body: it is longer than 64 MiB");
}

TEST_CASE("one code fence around an answer is taken off, and nothing more") {
    const auto json = [](const std::string& text) {
        const auto value = stages::json_in_answer(text);
        return value ? recipe::json_of(*value) : "none";
    };
    CHECK(json(" [1] \n") == "[1]");
    CHECK(json("```json\n[1]\n```") == "[1]");
    CHECK(json("\n```\n[1]```  ") == "[1]");
    CHECK(json("```json\n```json\n[1]\n```\n```") == "none");
    CHECK(json("```[1]```") == "none");
    CHECK(json("```\n```") == "none");
    CHECK(json("``````") == "none");
    CHECK(json("```json\n[1]\n```\nDone.") == "none");
    CHECK(json("") == "none");
}
