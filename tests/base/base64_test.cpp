#include "base/base64.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace nightshift;

TEST_CASE("RFC 4648's vectors go both ways") {
    struct Row {
        std::string bytes, text;
    };
    const Row rows[] = {{"", ""},
                        {"f", "Zg=="},
                        {"fo", "Zm8="},
                        {"foo", "Zm9v"},
                        {"foob", "Zm9vYg=="},
                        {"fooba", "Zm9vYmE="},
                        {"foobar", "Zm9vYmFy"}};
    for (const auto& row : rows) {
        CHECK(encode_base64(row.bytes) == row.text);
        CHECK(decode_base64(row.text) == row.bytes);
    }
}

TEST_CASE("every byte survives, at every length and with line breaks anywhere") {
    std::string bytes;
    for (int i = 0; i < 300; ++i) {
        const auto text = encode_base64(bytes);
        auto broken = text;
        for (std::size_t at = 7; at < broken.size(); at += 9) broken.insert(at, "\r\n");

        CHECK(decode_base64(text) == bytes);
        CHECK(decode_base64("\n " + broken + "\n") == bytes);
        CHECK(decode_base64(text.substr(0, text.find('='))) == bytes);
        bytes += static_cast<char>(i * 7);
    }
}

TEST_CASE("the URL-safe alphabet and data URLs are taken") {
    CHECK(decode_base64("-_-_") == "\xfb\xff\xbf");
    CHECK(decode_base64("+/+/") == "\xfb\xff\xbf");
    CHECK(decode_base64("data:image/png;base64,Zm9v") == "foo");
    CHECK(decode_base64("DATA:image/png;charset=x;BASE64,\nZm9v\n") == "foo");
}

TEST_CASE("anything else is refused") {
    for (const auto* text :
         {"Z", "Zm9vY", "Zg=a", "Zg===", "Zm9v=", "Zm9v====", "=", "==", "Zm 9v", "Zm9v!", "Zm9v,",
          "data:text/plain,hello", "data:;base64", "a red cat", "{\"a\":1}", "Zm9v\x80"}) {
        CAPTURE(std::string(text));
        CHECK_FALSE(decode_base64(text).has_value());
    }
    CHECK_FALSE(decode_base64(std::string("Zm9\0", 4)).has_value());
}

TEST_CASE("groups are decoded up to the first that is none") {
    for (const std::size_t count : {0, 1, 2, 3, 5, 6, 7, 12, 100}) {
        std::string text;
        for (std::size_t i = 0; i < count; ++i) text += "Zm9v";
        const auto bytes = decode_base64(text).value();
        for (const std::string_view rest :
             {"", "Z", "Zm", "Zm8", "Zm8=", "Zg==", "\"}", "Zm9\\u"}) {
            CAPTURE(count);
            CAPTURE(std::string(rest));
            std::string room = "x";
            const auto groups = decode_base64_groups(text + std::string(rest), room);
            CHECK(groups.digits == text.size());
            CHECK(room.substr(0, groups.bytes) == bytes);
        }
    }
}

TEST_CASE("each character that is no digit is seen at each place, wherever that is") {
    const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_";
    for (std::size_t at = 0; at < 80; ++at) {
        for (int c = 0; c < 256; ++c) {
            std::string text(80, 'A'), room;
            text[at] = static_cast<char>(c);
            const bool is_digit = digits.find(text[at]) != std::string::npos;
            CAPTURE(at);
            CAPTURE(c);
            CHECK(decode_base64_groups(text, room).digits == (is_digit ? 80 : at / 4 * 4));
        }
    }
}

TEST_CASE("each digit has its value at each place of a long text, in either alphabet") {
    const std::string plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const std::string for_urls = plain.substr(0, 62) + "-_";
    for (const auto& digits : {plain, for_urls}) {
        for (std::size_t at = 0; at < 128; ++at) {
            for (std::size_t value = 0; value < 64; ++value) {
                std::string text(128, digits[at % 64]), room;
                text[at] = digits[value];
                CAPTURE(at);
                CAPTURE(value);
                const auto [taken, bytes] = decode_base64_groups(text, room);
                REQUIRE(taken == 128);
                std::string expected;
                for (std::size_t group = 0; group < 128; group += 4) {
                    std::uint32_t bits = 0;
                    for (std::size_t i = group; i < group + 4; ++i) {
                        bits = bits << 6 | static_cast<std::uint32_t>(digits.find(text[i]));
                    }
                    for (const int shift : {16, 8, 0}) {
                        expected += static_cast<char>(bits >> shift & 0xff);
                    }
                }
                REQUIRE(room.substr(0, bytes) == expected);
            }
        }
    }
}
