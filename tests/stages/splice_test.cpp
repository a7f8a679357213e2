// Texts with placeholders change, every other byte stays.

#include "stages/splice.hpp"

#include "json/json_builder.hpp"
#include "recipe/text/value.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>

using namespace nightshift;
using stages::Spliced;

namespace {

std::string spliced(const std::string& json, const std::string& values) {
    const auto root = *recipe::parse_json(values);
    const auto made = stages::splice(
        json,
        [&root](const recipe::Placeholder& placeholder) {
            return recipe::walk(root, placeholder.path, 0);
        },
        1u << 20);
    return made.error == Spliced::Error::none ? made.json : "! " + made.why;
}

// A document with every kind of value, white space and escapes, and nothing to fill.
class Documents {
public:
    std::string next() {
        out_.clear();
        value(0, true);
        return out_;
    }

private:
    unsigned upto(unsigned n) { return static_cast<unsigned>(random_() % n); }
    void space() {
        static const char* const spaces[] = {"", "", "", " ", "\n", "\t ", "\r\n"};
        out_ += spaces[upto(7)];
    }
    void text() {
        static const char* const parts[] = {
            "a", "{", "}}", "\\\"",    "\\\\", "\\u00e9", "\xE4\xBD\xA0", "\\n",
            ",", "[", ":",  "\\u007b", " ",    "\\/",     "} {"};
        out_ += '"';
        for (auto n = upto(6); n > 0; --n) {
            const std::string part = parts[upto(15)];
            const bool opens = part == "{" || part == "\\u007b";
            const bool doubled = opens && (out_.ends_with("{") || out_.ends_with("\\u007b"));
            if (!doubled) out_ += part;
        }
        out_ += '"';
    }
    void value(int depth, bool root = false) {
        static const char* const scalars[] = {"0.10", "9007199254740993", "-1E+2", "true", "null"};
        const auto kind = root ? upto(2) : upto(depth > 4 ? 3 : 5) + (depth > 4 ? 2 : 0);
        if (kind == 2) return text();
        if (kind > 2) {
            out_ += scalars[upto(5)];
            return;
        }
        out_ += kind == 0 ? '{' : '[';
        space();
        for (unsigned i = 0, n = upto(5); i < n; ++i) {
            if (i > 0) out_ += ',';
            space();
            if (kind == 0) {
                text();
                space();
                out_ += ':';
                space();
            }
            value(depth + 1);
            space();
        }
        out_ += kind == 0 ? '}' : ']';
    }

    std::mt19937 random_{42};
    std::string out_;
};

}  // namespace

TEST_CASE("with nothing to fill nothing changes: 20,000 random documents") {
    Documents documents;
    for (int i = 0; i < 20'000; ++i) {
        const auto json = documents.next();
        REQUIRE(spliced(json, "{}") == json);
    }
}

TEST_CASE("what was put in is a value, whatever it holds") {
    std::mt19937 random(3);
    const std::string alphabet = "{}\"\\,:[]a \n\x01";
    for (int i = 0; i < 5'000; ++i) {
        std::string hostile;
        for (auto n = random() % 12; n > 0; --n) hostile += alphabet[random() % alphabet.size()];
        if (i % 3 == 0) hostile += "{{s}}";
        recipe::Value values = recipe::Value::of_object();
        values.add("s", recipe::Value::of_text(hostile));
        const auto json =
            spliced(R"({"a":"{{s}}","b":["<{{s}}>"],"{{s}}":1})", recipe::json_of(values));
        const auto parsed = recipe::parse_json(json);
        REQUIRE(parsed);
        REQUIRE(parsed->member("a")->text == hostile);
        REQUIRE(parsed->member("b")->items[0].text == "<" + hostile + ">");
        REQUIRE(parsed->member("{{s}}") != nullptr);
    }
}

TEST_CASE("members and elements that are dropped take one comma along") {
    const auto drop = [](std::string json) {
        for (std::size_t at; (at = json.find('X')) != std::string::npos;) {
            json.replace(at, 1, R"("{{n | optional}}")");
        }
        return spliced(json, "{}");
    };
    CHECK(drop(R"({"a":X})") == "{}");
    CHECK(drop(R"({"a":X,"b":X,"c":X})") == "{}");
    CHECK(drop(R"({"a":X,"b":X,"c":1})") == R"({"c":1})");
    CHECK(drop(R"({"c":1,"a":X,"b":X})") == R"({"c":1})");
    CHECK(drop("[X]") == "[]");
    CHECK(drop("[1,X,2]") == "[1,2]");
    CHECK(drop("[ X , [X] , {\"a\" : X} , X ]") == "[  [] , {}  ]");
    CHECK(drop("[\"a,\",X]") == "[\"a,\"]");
}

TEST_CASE("escapes do not hide a placeholder, and literal braces are written once") {
    CHECK(spliced(R"({"a":"\u007b\u007Bs}}"})", R"({"s":1})") == R"({"a":1})");
    CHECK(spliced(R"({"a":"{{\"{{\"}}x"})", "{}") == R"({"a":"{{x"})");
    CHECK(spliced(R"({"a":"\u00e9{{s}}\/"})", R"({"s":"b"})") ==
          "{\"a\":\"\xC3\xA9"
          "b/\"}");
    CHECK(spliced(R"({"a":"{{s"})", "{}").find("is not closed") != std::string::npos);
}

TEST_CASE("damaged documents are told") {
    for (const std::string json :
         {"", "7", "\"x\"", "{", "{\"a\"", "{\"a\":", "{\"a\":1,}", "[1 2]", "{1:2}", "[}", "[]]",
          "{\"a\":\"x}", "[,1]", "{\"a\":\"\\\"}", "{}{}", "[1\"a]", "[x[]"}) {
        CAPTURE(json);
        CHECK(spliced(json, "{}") == "! the text of the request is damaged");
    }
    CHECK(spliced(std::string(100, '[') + std::string(100, ']'), "{}").substr(0, 1) == "!");
}
