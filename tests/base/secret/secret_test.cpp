#include "base/secret/secret.hpp"

#include "base/base64.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

using namespace nightshift;

namespace {

const std::string key = "sk-proj-Ab3dE6gH9jK2mN5pQ8sT1vW4yZ7";

std::string hidden(const std::string& secret, std::string text) {
    Secret(secret).hide(text);
    return text;
}

template <class Each>
std::string each_of(const std::string& text, Each each) {
    std::string all;
    for (const unsigned char c : text) all += each(c);
    return all;
}

std::string upper(const std::string& text) {
    return each_of(text, [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
}

std::string percent(const std::string& text) {
    return each_of(text, [](unsigned char c) { return fmt::format("%{:02X}", c); });
}

std::string json_escapes(const std::string& text) {
    return each_of(text, [](unsigned char c) { return fmt::format("\\u{:04x}", c); });
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
    for (auto at = text.find(what); at != text.npos; at = text.find(what, at + by.size())) {
        text.replace(at, what.size(), by);
    }
    return text;
}

// The text as a stream hands it on that gets it in pieces.
std::string streamed(const Secret& secret, std::string_view text, std::size_t piece) {
    SecretStream stream(secret);
    std::string all;
    for (std::size_t at = 0; at < text.size(); at += piece) {
        stream.add(text.substr(at, piece), all);
    }
    stream.end(all);
    return all;
}

std::string png(const std::string& holds) {
    return "\x89PNG\r\n\x1a\n" + std::string(40, '\0') + "tEXt" + holds + std::string(40, 'x');
}

}  // namespace

TEST_CASE("a key is hidden wherever it stands") {
    for (const std::string& secret :
         {key, std::string("sk-0123456789abcdef"), std::string("eight8ch"), std::string("-dash-1-"),
          std::string("AB/CD+EFGHIJKLMNOPQRSTUV+WXyz0123=="), std::string("a'b\"c<d>&e;f$g"),
          std::string(300, 'k'), std::string("aaaaaaaa")}) {
        CAPTURE(secret);
        CHECK(hidden(secret, secret) == "[key]");
        CHECK(hidden(secret, "key " + secret + ", again " + secret) == "key [key], again [key]");
        CHECK(hidden(secret, "in \"" + secret + "\".") == "in \"[key]\".");
        CHECK(hidden(secret, upper(secret)) == "[key]");
        CHECK(hidden(secret, percent(secret)) == "[key]");
        CHECK(hidden(secret, replaced(percent(secret), "%", "%25")) == "[key]");
        CHECK(hidden(secret, json_escapes(secret)) == "[key]");
        CHECK(hidden(secret, replaced(json_escapes(secret), "\\", "\\\\")) == "[key]");
        CHECK(hidden(secret, nlohmann::json(secret).dump()) == "\"[key]\"");
        CHECK(hidden(secret, "") == "");
    }
}

TEST_CASE("a key is hidden however a program writes it") {
    const std::string text = "is sk-proj-Ab3dE6gH9jK2mN5pQ8sT1vW4yZ7 it";
    for (const auto& way :
         std::vector<std::pair<std::string, std::string>>{{"-", "\\u002d"},
                                                          {"-", "\\u002D"},
                                                          {"-", "\\\\u002d"},
                                                          {"-", "\\x2d"},
                                                          {"-", "%2d"},
                                                          {"-", "&#45;"},
                                                          {"-", "&#x2D;"},
                                                          {"Ab3", "%41%623"},
                                                          {"sk-", "S\\u006B%2D"}}) {
        CAPTURE(way.second);
        CHECK(hidden(key, replaced(text, way.first, way.second)) == "is [key] it");
    }
    CHECK(hidden(key, "\\\x87\\\xCF %\x87 &\x87;" + key) == "\\\x87\\\xCF %\x87 &\x87;[key]");
    CHECK(hidden("AB/CD+EFGHIJ==", R"("AB\/CD+EFGHIJ==")") == R"("[key]")");
}

TEST_CASE("a key is hidden in base64 and in hexadecimal digits") {
    for (const std::string& secret : {key, std::string("eight8ch"), std::string("?>>~~~?>?>>~")}) {
        CAPTURE(secret);
        const auto hex = each_of(secret, [](unsigned char c) { return fmt::format("{:02x}", c); });
        CHECK(hidden(secret, "0x" + hex) == "0x[key]");
        CHECK(hidden(secret, upper(hex) + "!") == "[key]!");
        for (const std::string before : {"", "a", "ab", "user:"}) {
            auto text = encode_base64(before + secret + ":more");
            CAPTURE(text);
            const auto said = hidden(secret, text);
            CHECK(said.find("[key]") != said.npos);
            CHECK(said.size() <= text.size() + 5 - 4 * secret.size() / 3 + 2);
            text = replaced(replaced(text, "/", "_"), "+", "-");
            CHECK(hidden(secret, text).find("[key]") != text.npos);
        }
    }
}

TEST_CASE("of a key a part is hidden that has sixteen characters beyond its public prefix") {
    CHECK(hidden(key, key.substr(0, 8 + 16) + "***") == "[key]***");
    CHECK(hidden(key, key.substr(0, 8 + 15) + "***") == key.substr(0, 8 + 15) + "***");
    CHECK(hidden(key, "..." + key.substr(key.size() - 16)) == "...[key]");
    CHECK(hidden(key, "..." + key.substr(key.size() - 15)) == "..." + key.substr(key.size() - 15));
    CHECK(hidden(key, "x" + key.substr(10, 18) + "y") == "x[key]y");
    // Without a dash all of it counts.
    CHECK(hidden("Ab3dE6gH9jK2mN5pQ8sT", "Ab3dE6gH9jK2mN5p") == "[key]");
    CHECK(hidden("Ab3dE6gH9jK2mN5pQ8sT", "Ab3dE6gH9jK2mN5") == "Ab3dE6gH9jK2mN5");
    // A dash behind the twelfth character is part of the secret.
    CHECK(hidden("0123456789abc-def", "0123456789abc-de") == "[key]");
}

TEST_CASE("what merely begins as a key does stays in an answer") {
    for (const std::string text :
         {"Put OPENAI_API_KEY=sk-proj-your-key-here into .env", "sk-proj-", "sk-proj-Ab3d",
          "sk-proj-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "sk-proj-Ab3dE6gH9jK2mN5..."}) {
        CHECK(hidden(key, text) == text);
    }
    CHECK(hidden("sk-or-v1-0123456789abcdef0123", "sk-or-v1-...") == "sk-or-v1-...");
}

TEST_CASE("a key of less than eight characters is left alone") {
    CHECK(hidden("word", "a word") == "a word");
    CHECK(streamed(Secret("word"), "a word", 2) == "a word");
}

TEST_CASE("images, sound and video in base64 are left alone, whatever they hold") {
    const Secret secret(key);
    for (const auto& media : {png(key), "ID3\x04" + png(key), "RIFFxxxxWAVE" + png(key)}) {
        auto digits = encode_base64(media);
        for (int i = 0; i < 3; ++i) {
            const auto text = R"({"a":")" + digits + R"(","b":")" + key + R"("})";
            CAPTURE(text);
            const auto expected = R"({"a":")" + digits + R"(","b":"[key]"})";
            CHECK(hidden(key, text) == expected);
            for (const std::size_t piece : {1, 7, 100, 1000}) {
                CHECK(streamed(secret, text, piece) == expected);
            }
            const auto url = "![](data:image/png;base64," + digits + ") " + key;
            CHECK(hidden(key, url) == "![](data:image/png;base64," + digits + ") [key]");
            digits = i == 0 ? replaced(digits, "/", "\\/") : digits.insert(76, "\\n");
        }
    }
    const auto sound = std::string("\xFF\xFB\x90\0", 4) + key + std::string(3000, 'x');
    CHECK(streamed(secret, sound, 1000) == sound);
}

TEST_CASE("a JSON document in which a key is hidden is one still") {
    for (const std::string secret : {"nk-0123456789abcdef", "uabcd0123456789", "/key/0123456789",
                                     "0041BCDEFGHIJKLMNOP", "bcdefghijklmnop"}) {
        for (const std::string before : {"", "\\", "\\\\", "\\\\\\", "\\u", "\\u0", "\\u00",
                                         "\\\\u", "\\n", "\\u00e9", "x\\\""}) {
            for (const auto& said : {secret, "\\" + json_escapes(secret), json_escapes(secret)}) {
                const auto text = "{\"a\":\"" + before + said + "\"}";
                if (!nlohmann::json::accept(text)) continue;
                CAPTURE(text);
                const auto without = hidden(secret, text);
                CAPTURE(without);
                CHECK(nlohmann::json::accept(without));
                CHECK(without.find("[key]") != without.npos);
            }
        }
    }
}

TEST_CASE("in a text that comes in pieces a key is hidden where two of them meet, too") {
    const Secret secret(key);
    const auto filler = std::string(3000, '.');
    for (const auto& said : {key, json_escapes(key), percent(key), encode_base64("ab" + key + "c"),
                             key.substr(0, 30) + "|", replaced(key, "-", "\\\\\\u002d")}) {
        const auto text = "a" + said + " " + said + filler + said + "/b" + filler + said;
        const auto whole = hidden(key, text);
        for (std::size_t piece = 1; piece < 200; ++piece) {
            CAPTURE(piece);
            REQUIRE(streamed(secret, text, piece) == whole);
        }
    }
}

TEST_CASE("what begins like a key and does not end is not kept back without end") {
    const Secret secret("abababababababababababab");
    std::string text;
    for (int i = 0; i < 300'000; ++i) text += "ab";
    SecretStream stream(secret);
    std::string all;
    for (std::size_t at = 0; at < text.size(); at += 16'384) {
        stream.add(std::string_view(text).substr(at, 16'384), all);
    }
    stream.end(all);
    CHECK(all.find("abababababababababababab") == all.npos);
}
