// What is put in comes out again, whatever it holds.

#include "recipe/text/template.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>

using namespace nightshift::recipe;

namespace {

// The text of a template without placeholders.
std::string given_back(const std::string& text) {
    std::string error;
    const auto parsed = parse_template(text, error);
    if (!parsed) return "bad: " + error;
    std::string out;
    for (const auto& part : parsed->parts) {
        out += part.literal;
        if (part.placeholder) out += "<" + part.placeholder->path[0] + ">";
    }
    return out;
}

}  // namespace

TEST_CASE("an escaped text gives itself back, also beside placeholders that stay") {
    std::mt19937 random(1);
    const std::string alphabet = "{{{}}}\"x.|\n\\ ";
    for (int i = 0; i < 20'000; ++i) {
        std::string left, right;
        for (auto n = random() % 8; n > 0; --n) left += alphabet[random() % alphabet.size()];
        for (auto n = random() % 8; n > 0; --n) right += alphabet[random() % alphabet.size()];
        CAPTURE(left);
        CAPTURE(right);
        REQUIRE(given_back(escaped(left)) == left);
        REQUIRE(given_back(escaped(left) + "{{s}}" + escaped(right)) == left + "<s>" + right);
    }
}

TEST_CASE("of a run of braces the last two open") {
    CHECK(given_back("{\"v\":{{a}}}") == "{\"v\":<a>}");
    CHECK(given_back("{{{a}}}") == "{<a>}");
    CHECK(given_back("{{{{a}}") == "{{<a>");
    CHECK(given_back("{{\"{{\"}}") == "{{");
    CHECK(given_back("}} {").find("}} {") == 0);
    CHECK(given_back("{{}}").find("bad: a placeholder without a name") == 0);
}

TEST_CASE("arguments of filters may hold what ends a placeholder") {
    std::string error;
    const auto parsed = parse_template("{{a | default({\"x\": [\"}}\", \")\"]})}}", error);
    REQUIRE(parsed);
    REQUIRE(parsed->is_lone());
    CHECK(json_of(parsed->parts[0].placeholder->filters[0].argument) == "{\"x\":[\"}}\",\")\"]}");
}

TEST_CASE("white space of Unicode is trimmed, and nothing else") {
    CHECK(trimmed("\xE3\x80\x80 x\xC2\xA0\n") == "x");
    CHECK(trimmed(" \t ") == "");
    CHECK(trimmed("\xE2\x80\x8Bx") == "\xE2\x80\x8Bx");  // a joiner is no white space
}
