#include "json/json_scan.hpp"

#include "base/random.hpp"

#include <doctest/doctest.h>
#include <simdjson.h>

#include <string>

using namespace nightshift;

namespace {

// A random JSON value; strings hold everything that could mislead a scanner.
std::string any_json(Random& random, int depth) {
    static const char* const strings[] = {"\"\"",     "\"a\"",       "\"\\\"\"",
                                          "\"\\\\\"", "\"}{][,:\"",  "\"\\u00e9~/\"",
                                          "\"x y\"",  "\"\\\\\\\"\""};
    const auto pick = random.bits() % (depth > 0 ? 8 : 6);
    const std::string space = random.bits() % 4 == 0 ? " \t\n" : "";
    switch (pick) {
        case 0:
            return "null";
        case 1:
            return "true";
        case 2:
            return "-0.1000";
        case 3:
            return "12345678901234567";
        case 4:
        case 5:
            return strings[random.bits() % 8];
        case 6: {
            std::string list = "[" + space;
            const auto count = random.bits() % 4;
            for (std::uint64_t i = 0; i < count; ++i) {
                list += (i > 0 ? "," + space : "") + any_json(random, depth - 1) + space;
            }
            return list + "]";
        }
        default: {
            std::string object = "{" + space;
            const auto count = random.bits() % 4;
            for (std::uint64_t i = 0; i < count; ++i) {
                object += (i > 0 ? "," + space : "") + "\"k~/" + std::to_string(i) + "\"" + space +
                          ":" + space + any_json(random, depth - 1) + space;
            }
            return object + "}";
        }
    }
}

// Every value below `element` is where its pointer says, with the very same meaning.
void check_places(const std::string& json, const simdjson::dom::element& element,
                  const std::string& pointer) {
    const auto place = json_at(json, pointer);
    REQUIRE_MESSAGE(place.has_value(), pointer << " in " << json);
    simdjson::dom::parser parser;
    const std::string bytes(place->value);
    const auto again = parser.parse(bytes);
    REQUIRE(again.error() == simdjson::SUCCESS);
    CHECK(simdjson::minify(again.value_unsafe()) == simdjson::minify(element));
    if (element.is_object()) {
        const simdjson::dom::object members = element.get_object().value_unsafe();
        for (const auto& [key, value] : members) {
            check_places(json, value, pointer + '/' + pointer_token(key));
        }
    }
    if (element.is_array()) {
        std::size_t i = 0;
        const simdjson::dom::array elements = element.get_array().value_unsafe();
        for (const auto value : elements) {
            check_places(json, value, pointer + '/' + std::to_string(i++));
        }
    }
}

}  // namespace

TEST_CASE("every JSON pointer leads to the bytes of its value, in random documents") {
    for (std::uint64_t seed = 1; seed <= 400; ++seed) {
        CAPTURE(seed);
        Random random(seed);
        const std::string json = any_json(random, 5);

        simdjson::dom::parser parser;
        const auto root = parser.parse(json);

        REQUIRE(root.error() == simdjson::SUCCESS);
        check_places(json, root.value_unsafe(), "");
    }
}

TEST_CASE("a value ends where it ends, whatever its strings hold") {
    CHECK(skip_value(R"("a\"b",1)", 0) == 6);
    CHECK(skip_value(R"("a\\",1)", 0) == 5);
    CHECK(skip_value(R"({"a":"}"},1)", 0) == 9);
    CHECK(skip_value(R"([[],[{}]]  )", 0) == 9);
    CHECK(skip_value("-1.5e3}", 0) == 6);
}

TEST_CASE("keys are compared by what they stand for") {
    CHECK(json_key_is("model", "model"));
    CHECK(json_key_is("\\u006dodel", "model"));
    CHECK_FALSE(json_key_is("Model", "model"));
}

TEST_CASE("escapes become the characters they stand for") {
    CHECK(unescaped_json(R"(a\n\t\"\\\/)") == "a\n\t\"\\/");
    CHECK(unescaped_json(R"(\u00e9\u4e2d\ud83d\ude00)") == "é中😀");
}

TEST_CASE("the second member of a name can be found") {
    const std::string json = R"({"a":{"x":1,"x":2}})";

    const auto second = json_member(json, "/a", "x", 1);

    REQUIRE(second.has_value());
    CHECK(second->value == "2");
    CHECK(second->key == "\"x\"");
    CHECK(second->key.data() - json.data() == 12);
    CHECK_FALSE(json_member(json, "/a", "x", 2).has_value());
}
