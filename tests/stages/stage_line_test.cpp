// Stage texts: every shape, and texts that nobody wrote.

#include "fixture.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>

using namespace nightshift;
using namespace nightshift::test;
using nightshift::stages::Need;

namespace {

std::string wrong(const std::string& fields) {
    return stage_error("{" + fields + R"(,"request":{"p":"x"}})");
}

}  // namespace

TEST_CASE("every shape of a need is read") {
    const auto line = stage_line(
        R"({"after":{"one":"a","number":7,"list":["b",8],"all":{"all":["c"],"as":"w","text":"{{w.text}}","join":", ","least":0},)"
        R"("best":{"pick":["d","e"],"highest":"{{s.json.n}}","of":{"s":["f","g"]},"least":2},"first":{"first":["h"]}},)"
        R"("on_failed":"run","body":{"x":"{{one.text}}"}})");
    CHECK(line.is_body);
    CHECK(line.request == R"({"x":"{{one.text}}"})");
    CHECK(line.on_failed == stages::OnFailed::run);
    REQUIRE(line.needs.size() == 6);
    CHECK(line.needs[1].ids[0] == "7");
    CHECK(line.needs[4].kind == Need::Kind::highest);
    std::string all;
    for (const auto& id : stages::needed_ids(line)) {
        all += id.alias + std::to_string(id.place) + "=" + id.id + " ";
    }
    CHECK(all ==
          "one0=a number0=7 list0=b list1=8 all0=c best0=d best1=e best2=f best3=g first0=h ");
}

TEST_CASE("what is no need, slot, file or condition is told with its place") {
    CHECK(wrong(R"("after":[])") == "/after: \"after\" must be an object, not a list");
    CHECK(wrong(R"("after":{"s":""})") == "/after/s: an id must be a text, not an empty one");
    CHECK(wrong(R"("after":{"s":["a",true]})") ==
          "/after/s/1: an id must be a text, not true or false");
    CHECK(wrong(R"("after":{"s":{}})").find("one of \"all\"") != std::string::npos);
    CHECK(wrong(R"("after":{"s":{"all":["a"],"laest":1}})") ==
          "/after/s/laest: unknown key \"laest\"");
    CHECK(wrong(R"("after":{"s":{"all":["a"],"join":","}})") ==
          "/after/s/join: \"join\" goes with \"text\"");
    CHECK(wrong(R"("after":{"s":{"pick":["a"]}})").find("must have one of") != std::string::npos);
    CHECK(wrong(R"("after":{"s":{"pick":["a","b"],"highest":"{{j.text}}","of":{"j":["c"]}}})") ==
          "/after/s/of/j: 1 ids for 2 candidates");
    CHECK(wrong(R"("after":{"s":{"pick":["a"],"number":"{{s.text}}"}})") ==
          "/after/s: \"s\" is decided by itself");
    CHECK(
        wrong(
            R"("after":{"s":{"pick":["a"],"number":"{{t.text}}"},"t":{"pick":["b"],"number":"{{s.text}}"}})") ==
        "/after/s: \"s\" is decided by itself");
    CHECK(wrong(R"("after":{"s":"a"},"each":{"s":{"of":"{{s.json}}","n":1,"most":2}})") ==
          "/each/s: the alias \"s\" is used twice");
    CHECK(wrong(R"("after":{"s":"a"},"each":{"e":{"of":"x {{s.json}}","n":1,"most":2}})")
              .find("one placeholder") != std::string::npos);
    CHECK(wrong(R"("after":{"s":"a"},"each":{"e":{"of":"{{s.json}}","n":3,"most":2}})") ==
          "/each/e/n: n is 3, more than most = 2");
    CHECK(wrong(R"("after":{"s":"a"},"each":{"e":{"of":"{{s.json}}","n":0,"most":1001}})")
              .find("from 1 to 1000") != std::string::npos);
    CHECK(wrong(R"("files":{"f":7})") ==
          "/files/f: the path of a file must be a text, not a number");
    CHECK(wrong(R"("when":{})").find("must be a list of conditions") != std::string::npos);
    CHECK(wrong(R"("after":{"s":"a"},"when":[{"value":"{{s.json}}","mni":1}])")
              .find("unknown test") != std::string::npos);
    CHECK(wrong(R"("on_failed":"stop")").find("\"cancel\", \"skip\" or \"run\"") !=
          std::string::npos);
}

TEST_CASE("placeholders of other fields are judged") {
    CHECK(wrong(R"("after":{"story":"a"},"when":[{"value":"{{sotry.text}}","is":1}])") ==
          "/when/0/value: {{sotry.text}}: unknown name 'sotry'");
    CHECK(wrong(R"("after":{"s":"a"},"when":[{"value":"{{s.txt}}","is":1}])") ==
          "/when/0/value: {{s.txt}}: a result has no 'txt'");
    CHECK(
        wrong(R"("after":{"s":{"all":["a"],"as":"w","text":"{{v.text}}"}})").find("can be used") !=
        std::string::npos);
}

TEST_CASE("a need has at most 1,000 ids") {
    std::string ids = "\"a\"";
    for (int i = 1; i < 1000; ++i) ids += ",\"a\"";
    CHECK(wrong(R"("after":{"s":[)" + ids + "]}") == "");
    CHECK(wrong(R"("after":{"s":[)" + ids + ",\"a\"]}") == "/after/s: 1001 ids, more than 1000");
}

TEST_CASE("damaged stage texts are told, not trusted") {
    CHECK(stage_error("") == "the stage text is damaged");
    CHECK(stage_error("{\"after\"") == "the stage text is damaged");
    CHECK(stage_error("{\"after\":{}}") == "the stage text has no request");
    CHECK(stage_error(R"({"request":[]})") == "the stage text has no request");
    const std::string whole =
        R"({"after":{"s":"a","p":{"pick":["a","b"],"number":"{{s.json.n}}"}},"each":{"e":{"of":"{{s.json.l}}","n":1,"most":2}},"files":{"f":"x.png"},"when":[{"value":"{{e.a}}","is":true}],"on_failed":"run","request":{"p":["{{e.b | optional}} \u007b{p.text}}",1.0,{"q":"{{f.path}}"}]}})";
    REQUIRE(stage_error(whole) == "");
    const stages::Upstreams upstreams = {
        {"a", succeeded(R"("text":"{\"n\":1,\"l\":[{\"a\":true,\"b\":2}]}")")},
        {"b", succeeded(R"("text":"B")")}};
    CHECK(told(stages::decide(stage_line(whole), upstreams)) == "ready");
    std::mt19937 random(7);
    for (int i = 0; i < 20'000; ++i) {
        std::string text = whole;
        for (auto n = random() % 4; n > 0; --n) {
            const auto at = random() % text.size();
            if (random() % 2 == 0) text.erase(at, random() % 5);
            if (random() % 2 == 0) text.insert(at, 1, "{}[]\",:\\ntrue1"[random() % 13]);
        }
        std::string error;
        const auto line = stages::parse_stage_line(text, error);
        if (!line) continue;
        stages::decide(*line, upstreams);
        MemoryFiles files;
        stages::fill(*line, upstreams, files);
    }
}
