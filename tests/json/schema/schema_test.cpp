#include "json/schema/schema.hpp"

#include <doctest/doctest.h>
#include <simdjson.h>

#include <string>
#include <vector>

using namespace nightshift;

namespace {

JsonSchema schema_of(const std::string& text) {
    auto compiled = JsonSchema::compile(text);
    REQUIRE_MESSAGE(compiled.problem.empty(), compiled.pointer << ' ' << compiled.problem);
    return std::move(compiled.schema);
}

bool fits(const std::string& schema, const std::string& value) {
    simdjson::dom::parser parser;
    const auto compiled = schema_of(schema);
    const simdjson::dom::element element = parser.parse(value).value();
    const bool accepted = compiled.accepts(element);
    CHECK(accepted == compiled.violations(element).empty());
    return accepted;
}

std::vector<Violation> wrong(const std::string& schema, const std::string& value) {
    simdjson::dom::parser parser;
    return schema_of(schema).violations(parser.parse(value).value());
}

}  // namespace

TEST_CASE("each keyword accepts and refuses what it should") {
    struct Row {
        const char *schema, *good, *bad;
    };
    const Row rows[] = {
        {R"({"type":"integer"})", "3", "3.5"},
        {R"({"type":"integer"})", "3.0", "\"3\""},
        {R"({"type":"integer"})", "18446744073709551615", "null"},
        {R"({"type":"number"})", "3", "true"},
        {R"({"type":"number"})", "-0.5", "[]"},
        {R"({"type":["string","null"]})", "null", "0"},
        {R"({"type":"object"})", "{}", "[]"},
        {R"({"type":"boolean"})", "false", "0"},
        {R"({"required":["a"]})", R"({"a":null})", R"({"b":1})"},
        {R"({"required":["a"]})", "7", "{}"},
        {R"({"properties":{"a":{"type":"string"}}})", R"({"b":1})", R"({"a":1})"},
        {R"({"properties":{"a":true},"additionalProperties":false})", R"({"a":1})", R"({"b":1})"},
        {R"({"additionalProperties":{"type":"number"}})", R"({"a":1})", R"({"a":"1"})"},
        {R"({"enum":["a",1,null]})", "1.0", "\"b\""},
        {R"({"enum":[[1,2],{"x":1}]})", "[1,2]", "[2,1]"},
        {R"({"const":"a"})", "\"a\"", "\"A\""},
        {R"({"const":true})", "true", "1"},
        {R"({"minimum":3,"maximum":15})", "3", "2.9"},
        {R"({"minimum":3,"maximum":15})", "15", "16"},
        {R"({"exclusiveMinimum":0})", "0.001", "0"},
        {R"({"exclusiveMaximum":1})", "0.9", "1"},
        {R"({"minLength":2})", "\"中文\"", "\"中\""},
        {R"({"maxLength":2})", "\"中文\"", "\"中文字\""},
        {R"({"minItems":1,"maxItems":2})", "[1]", "[]"},
        {R"({"minItems":1,"maxItems":2})", "[1,2]", "[1,2,3]"},
        {R"({"items":{"type":"integer"}})", "[1,2]", "[1,\"2\"]"},
        {R"({"anyOf":[{"type":"string"},{"minimum":5}]})", "5", "4"},
        {R"({"oneOf":[{"type":"integer"},{"minimum":5}]})", "5.5", "6"},
        {R"({"allOf":[{"minimum":1},{"maximum":2}]})", "1", "3"},
        {R"({"not":{"type":"string"}})", "1", "\"a\""},
        {R"({"properties":{"a":false}})", "{}", R"({"a":1})"},
        {R"(true)", "1", nullptr},
        {R"({"type":"string","pattern":"^a"})", "\"b\"", "1"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.schema);
        CAPTURE(row.good);
        CHECK(fits(row.schema, row.good));
        if (row.bad != nullptr) CAPTURE(row.bad);
        if (row.bad != nullptr) CHECK_FALSE(fits(row.schema, row.bad));
    }
}

TEST_CASE("violations say where, what, and how it should be") {
    const auto found = wrong(
        R"({"type":"object","required":["voice"],"additionalProperties":false,"properties":{
            "voice":{"type":"string","description":"Such as Cherry."},
            "n":{"type":"integer","minimum":1},
            "list":{"items":{"enum":["x","y"]}}}})",
        R"({"n":0,"list":["x","z"],"w/z":1})");

    REQUIRE(found.size() == 4);
    CHECK(found[0].pointer == "");
    CHECK(found[0].what == "\"voice\" is missing");
    CHECK(found[0].description == "Such as Cherry.");
    CHECK(found[0].missing);
    CHECK(found[1].pointer == "/n");
    CHECK(found[1].what == "is 0; it must be at least 1");
    CHECK(found[2].pointer == "/list/1");
    CHECK(found[2].what == R"(must be "x" or "y")");
    CHECK(found[3].pointer == "/w~1z");
    CHECK(found[3].unknown);
}

TEST_CASE("the list of violations is bounded") {
    std::string many = "[0";
    for (int i = 0; i < 1000; ++i) many += ",0";

    CHECK(wrong(R"({"items":{"type":"string"}})", many + "]").size() == 20);
}

TEST_CASE("a schema that is wrong in itself is refused with its place") {
    struct Row {
        const char *schema, *pointer;
    };
    const Row rows[] = {
        {R"({"properties":{"a":{"$ref":"#/x"}}})", "/properties/a/$ref"},
        {R"({"type":"strng"})", "/type"},
        {R"({"items":3})", "/items"},
        {R"({"anyOf":[]})", "/anyOf"},
        {R"({"minLength":-1})", "/minLength"},
        {R"({"minimum":"1"})", "/minimum"},
        {R"({"enum":[]})", "/enum"},
        {R"({"required":"a"})", "/required"},
        {"[]", ""},
        {"{", ""},
    };
    for (const auto& row : rows) {
        CAPTURE(row.schema);
        const auto compiled = JsonSchema::compile(row.schema);
        CHECK_FALSE(compiled.problem.empty());
        CHECK(compiled.pointer == row.pointer);
    }
}

TEST_CASE("a schema nested too deep is refused") {
    std::string deep;
    for (int i = 0; i < 100; ++i) deep += R"({"items":)";
    deep += "true" + std::string(100, '}');

    CHECK(JsonSchema::compile(deep).problem == "is nested too deep");
}

TEST_CASE("keywords that are not checked are named") {
    const auto schema = schema_of(R"({"pattern":"a","properties":{"x":{"format":"date"}},
                                      "title":"t","pattern2":1})");

    CHECK(schema.ignored() == std::vector<std::string>{"pattern", "format"});
}

TEST_CASE("a schema that was never compiled accepts everything") {
    simdjson::dom::parser parser;
    const simdjson::dom::element element = parser.parse(std::string("[1]")).value();

    CHECK(JsonSchema().accepts(element));
    CHECK(JsonSchema().violations(element).empty());
}
