#include "manifest/stage_fields.hpp"

#include "manifest_fixture.hpp"

using namespace nightshift;
using namespace nightshift::test;

namespace {

const std::string start = R"({"id":"a","model":"gpt-5.4","prompt":"q",)";

}  // namespace

TEST_CASE("what a recipe calls a line is taken, and does not change its body") {
    const auto task = task_of(start + R"("task":"t","row":"1","variant":{"n":1.0},"fallback":[]})");
    CHECK(task.body == task_of(start + R"("priority":0})").body);
    CHECK(task.envelope == R"({"task":"t","row":"1","variant":{"n":1.0}})");
    CHECK(parse_line(start + R"("task":7})").text().find("\"task\" must be a text") !=
          std::string::npos);
    CHECK(parse_line(start + R"("variant":[]})").text().find("\"variant\" must be an object") !=
          std::string::npos);
}

TEST_CASE("a run refuses what it does not carry out, in one line that names the field") {
    for (const std::string field :
         {R"("candidate":{"want":"g","n":1})", R"("on_invalid":{"again":1})",
          R"("fallback":["GLM-5.1"])", R"("fallback_on":["timeout"])"}) {
        CAPTURE(field);
        const auto refused = parse_line(start + field + "}");
        CHECK(!refused.good);
        CHECK(refused.problems.size() == 1);
        CHECK(refused.text().find("is not run by this version yet") != std::string::npos);
    }
    const auto expect = parse_line(start + R"("expect":{"matches":"x"}})");
    CHECK(expect.text().find("\"expect.matches\" is not judged") != std::string::npos);
    LineOptions waiting = toy_options();
    waiting.takes_waiting = false;
    CHECK(parse_line(start + R"("after":{"s":"s"}})", waiting)
              .text()
              .find("\"after\" is not run by this version yet") != std::string::npos);
    LineOptions judging = toy_options();
    judging.judge_only = true;
    CHECK(
        parse_line(start + R"("expect":{"matches":"x"},"on_invalid":{"again":1}})", judging).good);
}

TEST_CASE("a slip in a recipe's field is told with the field that is meant") {
    CHECK(parse_line(start + R"("varaint":{}})").text().find("did you mean \"variant\"") !=
          std::string::npos);
}
