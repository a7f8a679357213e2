#include "json/json_repair.hpp"

#include <doctest/doctest.h>

#include <cstring>
#include <string>
#include <vector>

using namespace nightshift;

namespace {

std::string repaired(std::string_view text) {
    const auto json = repair_json(text);
    return json ? json->text : "refused";
}

std::string kept(std::string_view text) {
    return repair_json(text, TornCharacters::kept).value().text;
}

struct Row {
    std::string text, json;
};

void check(const std::vector<Row>& rows) {
    for (const auto& row : rows) {
        CAPTURE(row.text);
        CHECK(repaired(row.text) == row.json);
    }
}

}  // namespace

TEST_CASE("JSON that is valid comes out as it is, without the blanks between its parts") {
    check({
        {"{}", "{}"},
        {"[]", "[]"},
        {R"([1,-2.5e+3,true,false,null,"a\"\\\/\b\f\n\r\t\u00e9"])",
         R"([1,-2.5e+3,true,false,null,"a\"\\\/\b\f\n\r\t\u00e9"])"},
        {" { \"a\" : [ { } , [ ] ] }\r\n", R"({"a":[{},[]]})"},
        {"\xEF\xBB\xBF{}", "{}"},
        {R"(["\ud83d\ude00","😀","你"])", R"(["😀","😀","你"])"},
        {R"([18446744073709551615,-9223372036854775808,1e308,1e-999])",
         R"([18446744073709551615,-9223372036854775808,1e308,1e-999])"},
    });
}

TEST_CASE("what cannot be UTF-8 becomes U+FFFD, and what is around it stays") {
    check({
        {R"(["a \ud83d b"])", R"(["a � b"])"},
        {R"(["\ude00\ud83d"])", R"(["��"])"},
        {R"(["\ud83d\n"])", R"(["�\n"])"},
        {R"(["\ud83d\ud83d\ude00"])", R"(["�😀"])"},
        {"[\"caf\xE4\xBD\"]", R"(["caf��"])"},
        {"[\"a \xF0\x9F\x91 b\"]", R"(["a ��� b"])"},
        {"{\"\xFF\":1}", R"({"�":1})"},
        {"[\"\xED\xA0\xBD\xED\xB8\x80\"]", R"(["😀"])"},
        {"[\"\xED\xA0\xBD\"]", R"(["�"])"},
        {"[\"\xC0\x80\"]", R"(["��"])"},
        {"[\"\xEF\xB7\x90"
         "00e4\"]",
         R"(["�00e4"])"},
    });
}

TEST_CASE("a character that is torn between two texts is put together") {
    CHECK(join_torn_characters(kept(R"(["\ud83d"])")) == R"(["�"])");
    const auto first = kept(R"(["\ud83d"])"), second = kept(R"(["\ude00"])");
    const auto inside = [](const std::string& json) { return json.substr(2, json.size() - 4); };

    CHECK(join_torn_characters(inside(first) + inside(second)) == "😀");
    CHECK(join_torn_characters(inside(first) + "|" + inside(second)) == "�|�");
    CHECK(join_torn_characters(inside(kept("[\"\xE4\xBD\"]")) + inside(kept("[\"\xA0\"]"))) ==
          "你");
    CHECK(join_torn_characters("nothing torn") == "nothing torn");
    CHECK(join_torn_characters("\xEF\xB7\x90 and no digits") == "\xEF\xB7\x90 and no digits");
}

TEST_CASE("raw control characters and unknown escapes are part of the text") {
    check({
        {"[\"one\ntwo\ttab\"]", R"(["one\ntwo\ttab"])"},
        {std::string("[\"a\0b\"]", 7), R"(["a\u0000b"])"},
        {R"(["C:\Users\x"])", R"(["C:\\Users\\x"])"},
        {R"(["it\'s"])", R"(["it's"])"},
        {R"(["\u12"])", R"(["\\u12"])"},
        {"[\"\\\xE4\xBD\xA0\"]", R"(["\\你"])"},
    });
}

TEST_CASE("numbers that no parser holds become their digits, or null") {
    check({
        {"[123456789012345678901234567890]", R"(["123456789012345678901234567890"])"},
        {"[18446744073709551616,-1e400]", R"(["18446744073709551616","-1e400"])"},
        {"[NaN,-Infinity,+inf,nan]", "[null,null,null,null]"},
        {"[007,.5,5.,+5,0x1F,1_000]", "refused"},
        {"[007,.5,5.,+5,0x1F]", "[null,null,null,null,null]"},
        {"{\"a\":None,\"b\":True,\"c\":FALSE,\"d\":undefined}",
         R"({"a":null,"b":true,"c":false,"d":null})"},
        {"[" + std::string(5000, '7') + "]", "[\"" + std::string(5000, '7') + "\"]"},
    });
}

TEST_CASE("odd blanks, commas before a closing bracket, and what follows are left out") {
    check({
        {"{\"a\":\xC2\xA0"
         "1,\xE3\x80\x80\"b\":\v2\xC2\xA0}",
         R"({"a":1,"b":2})"},
        {"[1,2,]", "[1,2]"},
        {R"({"a":",",})", R"({"a":","})"},
        {"{\"a\":1}\nnull", R"({"a":1})"},
        {"{\"a\":1}{\"a\":1}", R"({"a":1})"},
        {"[1]\n\ndata: [DONE]\n\n", "[1]"},
    });
    CHECK(repair_json(" {\"a\":1} x")->consumed == std::strlen(" {\"a\":1}"));
}

TEST_CASE("what ends early, or has anything missing, is refused") {
    for (const std::string text : {"",
                                   "{",
                                   "[",
                                   "{\"a",
                                   "{\"a\"",
                                   "{\"a\":",
                                   "{\"a\":1",
                                   "{\"a\":1,",
                                   "[1",
                                   "[\"half an ans",
                                   "[\"\\",
                                   "{\"a\" 1}",
                                   "{\"a\":1 \"b\":2}",
                                   "{a:1}",
                                   "{'a':1}",
                                   "[1 2]",
                                   "[,1]",
                                   "{,}",
                                   "{\"a\":}",
                                   "{\"a\":1]",
                                   "[1}",
                                   "]",
                                   "null",
                                   "NaN",
                                   "5",
                                   "\"text\"",
                                   "<html></html>",
                                   "Bad gateway",
                                   "[ok]",
                                   "[hello world]",
                                   "data: {}"}) {
        CAPTURE(text);
        CHECK(repaired(text) == "refused");
    }
    CHECK(repaired(std::string(64, '[') + std::string(64, ']')) ==
          std::string(64, '[') + std::string(64, ']'));
    CHECK(repaired(std::string(65, '[') + std::string(65, ']')) == "refused");
}
