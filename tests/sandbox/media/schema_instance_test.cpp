// Instances of schemas: within every bound, the same for the same roll.
#include "sandbox/media/schema_instance.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace nightshift::sandbox;

namespace {

Json instance(const std::string& schema, std::uint64_t roll) {
    const Json parsed = parse_json(schema);
    REQUIRE_MESSAGE(parsed.is_object(), schema);
    return schema_instance(parsed, roll);
}

}  // namespace

TEST_CASE("lists, numbers and texts keep to their bounds, over many rolls") {
    bool two = false, six = false;
    for (std::uint64_t roll = 0; roll < 500; ++roll) {
        CAPTURE(roll);
        const auto made = instance(
            R"({"type":"object","required":["title","scenes","extra"],"properties":{
                "title":{"type":"string","minLength":60,"maxLength":64},
                "word":{"type":"string","maxLength":7},
                "scenes":{"type":"array","minItems":2,"maxItems":6,"items":{"type":"object",
                    "properties":{"n":{"type":"integer","minimum":-3,"maximum":-1}}}},
                "loose":{"type":"array","items":{"type":["null","boolean"]}},
                "score":{"type":"number","minimum":0,"maximum":1},
                "above":{"type":"number","exclusiveMinimum":5},
                "below":{"type":"integer","maximum":-4},
                "best":{"type":"integer"},
                "kind":{"enum":["a","b",null]}}})",
            roll);
        const auto size = made["scenes"].size();
        REQUIRE(size >= 2);
        REQUIRE(size <= 6);
        two = two || size == 2;
        six = six || size == 6;
        for (const Json& scene : made["scenes"]) {
            REQUIRE(scene["n"].is_number_integer());
            REQUIRE(scene["n"] >= -3);
            REQUIRE(scene["n"] <= -1);
        }
        const std::string title = made["title"];
        REQUIRE(title.size() >= 60);
        REQUIRE(title.size() <= 64);
        REQUIRE(made["word"].get<std::string>().size() <= 7);
        REQUIRE(made["loose"].size() >= 1);
        REQUIRE(made["loose"].size() <= 3);
        REQUIRE(made["loose"][0].is_boolean());
        REQUIRE(made["score"] >= 0);
        REQUIRE(made["score"] <= 1);
        REQUIRE(made["above"] > 5);
        REQUIRE(made["below"] <= -4);
        REQUIRE(made["best"] == 1);
        REQUIRE((made["kind"] == "a" || made["kind"] == "b" || made["kind"].is_null()));
        REQUIRE(made["extra"].is_string());
    }
    CHECK(two);
    CHECK(six);
}

TEST_CASE("the same roll gives the same instance, another roll another") {
    const std::string schema = R"({"type":"array","minItems":5,"items":{"type":"string"}})";
    CHECK(instance(schema, 1) == instance(schema, 1));
    CHECK(instance(schema, 1) != instance(schema, 2));
}

TEST_CASE("branches, empty lists and schemas that contradict themselves end") {
    CHECK(instance(R"({"anyOf":[{"const":7},{"type":"string"}]})", 1) == 7);
    CHECK(instance(R"({"type":"array","maxItems":0})", 1) == Json::array());
    CHECK(instance(R"({"allOf":[{"properties":{"a":{"type":"integer","minimum":3,"maximum":3}}},
                                {"required":["b"]}],"type":"object"})",
                   1)["a"] == 3);
    CHECK(instance(R"({"type":"integer","minimum":5,"maximum":1})", 1) == 5);
    CHECK(instance(R"({"type":"string","maxLength":0})", 1) == "");
    std::string deep = R"({"type":"array","minItems":1000,"items":)";
    std::string schema;
    for (int i = 0; i < 30; ++i) schema += deep;
    schema += "{}" + std::string(30, '}');
    CHECK(instance(schema, 1).is_array());
}
