#include "json/json_number.hpp"

#include <doctest/doctest.h>
#include <simdjson.h>

#include <string>

using namespace nightshift;

namespace {

bool parses(const std::string& json) {
    simdjson::dom::parser parser;
    return parser.parse(json).error() == simdjson::SUCCESS;
}

}  // namespace

TEST_CASE("numbers that fit no machine number are replaced by ones of the same length") {
    for (const std::string huge : {"[18446744073709551616]", "[-9223372036854775809]", "[1e309]",
                                   "[-1.5E+400, {\"a\":1e999}]"}) {
        CAPTURE(huge);
        std::string json = huge;
        CHECK_FALSE(parses(json));
        CHECK(replace_huge_numbers(json));
        CHECK(json.size() == huge.size());
        CHECK(json.find("9e") != std::string::npos);
        CHECK(parses(json));
        CHECK_FALSE(replace_huge_numbers(json));
    }
}

TEST_CASE("numbers that fit, and digits in texts, stay") {
    const std::string good =
        "[18446744073709551615,-9223372036854775808,1e308,1e-400,0.1000,\"18446744073709551616\"]";
    std::string json = good;

    CHECK_FALSE(replace_huge_numbers(json));
    CHECK(json == good);
}
