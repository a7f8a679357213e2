#include "json/json_limits.hpp"

#include "base/bounds.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace nightshift;

namespace {

std::string nested(std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
}

std::string object_of(std::size_t members) {
    std::string json = "{";
    for (std::size_t i = 0; i < members; ++i)
        json += (i > 0 ? ",\"" : "\"") + std::to_string(i) + "\":1";
    return json + "}";
}

}  // namespace

TEST_CASE("depth, members of one object and digits of a number are bounded") {
    CHECK(is_within_json_bounds(nested(limits::json_depth)));
    CHECK_FALSE(is_within_json_bounds(nested(limits::json_depth + 1)));
    CHECK_FALSE(is_within_json_bounds(std::string(1'000'000, '{')));
    CHECK(is_within_json_bounds(object_of(limits::json_keys)));
    CHECK_FALSE(is_within_json_bounds(object_of(limits::json_keys + 1)));
    CHECK(is_within_json_bounds("[" + object_of(4000) + "," + object_of(4000) + "]"));
    CHECK(is_within_json_bounds("[-1.5e+300," + std::string(4096, '1') + "]"));
    CHECK_FALSE(is_within_json_bounds("[" + std::string(4097, '1') + "]"));
}

TEST_CASE("what stands in strings does not count, wherever the strings end") {
    const std::string brackets(200, '[');
    CHECK(is_within_json_bounds("\"" + brackets + std::string(9000, '1') + "\""));
    CHECK(is_within_json_bounds(R"("\")" + brackets + "\""));
    CHECK_FALSE(is_within_json_bounds(R"("\\")" + brackets));
    CHECK(is_within_json_bounds(R"("\\\")" + brackets + "\""));
    CHECK(is_within_json_bounds("\"" + brackets));
    CHECK(is_within_json_bounds(""));
    CHECK(is_within_json_bounds("]]}}"));
    CHECK(is_within_json_bounds("::::"));
}
