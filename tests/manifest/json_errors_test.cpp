#include "manifest/json_errors.hpp"

#include "base/random.hpp"

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

TEST_CASE("what cannot be seen, or is not what it looks like, is named with its code") {
    struct Row {
        std::string json, code;
    };
    const Row rows[] = {
        {"\xEF\xBB\xBF{}", "U+FEFF"},
        {"{\"a\":\xC2\xA0"
         "1}",
         "U+00A0"},
        {"{\"a\"\xEF\xBC\x9A"
         "1}",
         "U+FF1A"},
        {"{\xE2\x80\x9C"
         "a\": 1}",
         "U+201C"},
        {"{}\x1A", "control-Z"},
        {"\x01{}", "0x01"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.json);
        const auto diagnosis = diagnose_json(row.json);
        CHECK(diagnosis.what.find(row.code) != std::string::npos);
        CHECK_FALSE(diagnosis.what_to_do.empty());
    }
    CHECK(diagnose_json("{\"a\":\"\xC2\xA0\xEF\xBB\xBF\"}").what.empty());
}
