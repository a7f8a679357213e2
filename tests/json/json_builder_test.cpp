#include "json/json_builder.hpp"

#include "base/random.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <string>

using namespace nightshift;
using Json = nlohmann::ordered_json;

namespace {

std::string written(const RawJson& json) {
    std::string text;
    json.write(text);
    return text;
}

// An object of a few keys out of five, values numbers or objects.
Json any_object(Random& random, int depth) {
    Json object = Json::object();
    for (const char* key : {"a", "b", "c/d", "e~f", "\"g"}) {
        if (random.bits() % 2 == 0) continue;
        if (depth > 0 && random.bits() % 2 == 0) {
            object[key] = any_object(random, depth - 1);
        } else {
            object[key] = random.bits() % 10;
        }
    }
    return object;
}

// The obvious way to merge; false when both give a leaf.
bool merge_slowly(Json& into, const Json& from) {
    for (const auto& [key, value] : from.items()) {
        if (!into.contains(key)) {
            into[key] = value;
        } else if (!into[key].is_object() || !value.is_object() ||
                   !merge_slowly(into[key], value)) {
            return false;
        }
    }
    return true;
}

}  // namespace

TEST_CASE("leaves keep their bytes") {
    RawJson body;
    body.set("/model", "\"gpt-5.4\"");
    body.set("/parameters/seed", "18446744073709551616");
    body.set("/parameters/strength", "0.1000");
    body.set("/list", "[ 1,\t2 ]");
    body.merge(R"({"parameters": {"text": "\u00e9\/"}, "x": 1E5})");

    CHECK(written(body) ==
          R"({"model":"gpt-5.4","parameters":{"seed":18446744073709551616,"strength":0.1000,)"
          "\"text\":\"\\u00e9\\/\"},\"list\":[ 1,\t2 ],\"x\":1E5}");
}

TEST_CASE("a leaf given twice is refused with its pointer, objects are merged") {
    RawJson body;
    body.set("/parameters/duration", "5");

    CHECK_FALSE(body.merge(R"({"parameters":{"seed":1}})").has_value());
    CHECK(body.merge(R"({"parameters":{"duration":5}})") == "/parameters/duration");
    CHECK(body.merge(R"({"parameters":7})") == "/parameters");
    CHECK(body.merge(R"({"parameters":{"duration":{"x":1}}})") == "/parameters/duration");
    CHECK_FALSE(body.set("/parameters/duration", "6"));
    CHECK_FALSE(body.set("/parameters/duration/deep", "6"));
    CHECK(written(body) == R"({"parameters":{"duration":5,"seed":1}})");
}

TEST_CASE("keys are the same whatever their escapes") {
    RawJson body;
    body.set("/model", "1");

    CHECK(body.merge(R"({"\u006dodel":2})") == "/model");
}

TEST_CASE("something can be set inside an object that came as text") {
    RawJson body;
    body.set("/generationConfig", R"({"temperature": 0.5})");

    CHECK(body.has("/generationConfig/temperature"));
    CHECK_FALSE(body.has("/generationConfig/topP"));
    CHECK(body.set("/generationConfig/maxOutputTokens", "9"));
    CHECK(written(body) == R"({"generationConfig":{"temperature":0.5,"maxOutputTokens":9}})");
}

TEST_CASE("clear makes an empty object again") {
    RawJson body;
    body.set("/a", body.keep("1"));
    body.clear();

    CHECK(written(body) == "{}");
    CHECK(body.set("/a", "2"));
    CHECK(written(body) == R"({"a":2})");
}

TEST_CASE("merging agrees with the obvious way, in random objects") {
    for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
        CAPTURE(seed);
        Random random(seed);
        const Json first = any_object(random, 3), second = any_object(random, 3);
        const std::string first_text = first.dump(), second_text = second.dump(1);
        Json expected = first;
        const bool good = merge_slowly(expected, second);

        RawJson body;
        body.merge(first_text);
        const auto twice = body.merge(second_text);

        CHECK(twice.has_value() == !good);
        if (good) CHECK(Json::parse(written(body)) == expected);
        if (twice) CHECK(first.contains(Json::json_pointer(*twice)));
        if (twice) CHECK(second.contains(Json::json_pointer(*twice)));
    }
}

TEST_CASE("quoting gives JSON that reads back, and repairs what is no UTF-8") {
    const std::string text = std::string("a\"\\\n\r\t\x01\x7f é中😀") + '\0';

    CHECK(Json::parse(json_quote(text)).get<std::string>() == text);
    CHECK(json_quote("a\xFF") == "\"a\xEF\xBF\xBD\"");
    CHECK(json_quote("") == "\"\"");
    for (const char odd : {'"', '\\', '\n', '\x1f', '\x7f', '\0'}) {
        for (std::size_t at = 0; at < 20; ++at) {
            std::string one(20, '~');
            one[at] = odd;
            CAPTURE(at);
            CHECK(Json::parse(json_quote(one)).get<std::string>() == one);
        }
    }
}
