#include "manifest/diagnose.hpp"

#include "core/random.hpp"

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

TEST_CASE("diagnosis and parser agree on random damage") {
    const std::string whole =
        R"({"id":"a\u00e9\n","list":[1,-2.5e3,true,null,{"x":{}}],"中":"\ud83d\ude00","n":0})";
    for (std::uint64_t seed = 1; seed <= 5000; ++seed) {
        CAPTURE(seed);
        Random random(seed);
        std::string json = whole;
        const auto damages = random.bits() % 3;
        for (std::uint64_t i = 0; i <= damages; ++i) {
            const std::size_t at = random.bits() % json.size();
            if (random.bits() % 3 == 0) {
                json.erase(at, 1);
            } else if (random.bits() % 2 == 0) {
                json[at] = static_cast<char>(random.bits() % 256);
            } else {
                json.insert(at, 1, "{}[],:\"\\0e"[random.bits() % 10]);
            }
        }

        const auto diagnosis = diagnose_json(json);

        CAPTURE(json);
        CAPTURE(diagnosis.what);
        CHECK(diagnosis.what.empty() == parses(json));
        CHECK(diagnosis.at <= json.size());
    }
}
