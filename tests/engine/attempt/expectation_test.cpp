#include "engine/attempt/expectation.hpp"

#include "base/failure.hpp"

#include <doctest/doctest.h>

using namespace nightshift;

namespace {

bool fits(const std::string& expect, const std::string& text) {
    Task task;
    task.id = "a";
    task.expect = expect;
    Outcome outcome;
    outcome.text = text;
    try {
        check_expectation(task, outcome);
    } catch (const Failed& failed) {
        CHECK(failed.failure().kind == Kind::invalid_output);
        return false;
    }
    return true;
}

}  // namespace

TEST_CASE("an expected answer may hold numbers of any size, and only what is JSON") {
    const std::string any = R"({"json":true})";
    const std::string integer = R"({"json_schema":{"type":"object","required":["a"],)"
                                R"("properties":{"a":{"type":"integer"}}}})";
    for (const std::string text :
         {R"({"a":5})", R"({"a":123456789012345678901234567890})", R"({"a":-1e400})"}) {
        CAPTURE(text);
        CHECK(fits(any, text));
        CHECK(fits(integer, text));
    }
    CHECK(fits(any, "{\"a\":\"123456789012345678901234567890\"}"));
    CHECK_FALSE(fits(integer, "{\"a\":\"123456789012345678901234567890\"}"));
    for (const std::string text :
         {R"({"a":NaN})", R"({"a":123456789012345678901234567890)", "", "words", R"({"a":1}x)"}) {
        CAPTURE(text);
        CHECK_FALSE(fits(any, text));
    }
}
