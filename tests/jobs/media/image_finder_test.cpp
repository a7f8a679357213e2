#include "jobs/media/image_finder.hpp"

#include "base/base64.hpp"
#include "jobs/media/extracted_image.hpp"
#include "tests/fakes/large_png.hpp"
#include "tests/jobs/scripted_attempt.hpp"

#include <doctest/doctest.h>

#include <functional>

using namespace nightshift;
using namespace nightshift::jobs;
using namespace nightshift::test;

namespace {

const std::string png = large_png(3'000);

std::string wrapped(const std::string& digits, std::size_t columns, const std::string& between) {
    std::string out;
    for (std::size_t at = 0; at < digits.size(); at += columns) {
        out += (at == 0 ? "" : between) + digits.substr(at, columns);
    }
    return out;
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
    for (auto at = text.find(what); at != text.npos; at = text.find(what, at + by.size())) {
        text.replace(at, what.size(), by);
    }
    return text;
}

std::vector<std::string> urls_of(const std::vector<Image>& images) {
    std::vector<std::string> urls;
    for (const auto& image : images) urls.push_back(image.url);
    return urls;
}

using Urls = std::vector<std::string>;

}  // namespace

TEST_CASE("base64 of an image is found in every spelling and at every place") {
    const auto digits = encode_base64(png);
    auto url_safe = replaced(replaced(digits, "+", "-"), "/", "_");
    const auto percent = replaced(replaced(replaced(digits, "+", "%2B"), "/", "%2f"), "=", "%3D");
    auto unpadded = digits.substr(0, digits.find('='));
    const std::string spellings[] = {
        digits,
        unpadded,
        url_safe,
        percent,
        wrapped(digits, 76, "\n"),
        wrapped(digits, 64, "\r\n"),
        wrapped(unpadded, 76, "\n"),
        wrapped(digits, 76, "\\n"),
        replaced(replaced(wrapped(digits, 76, "%0D%0A"), "+", "%2B"), "/", "%2F"),
        replaced(digits, "/", "\\/")};
    struct Place {
        std::string before, after, caption;
    };
    const Place places[] = {
        {"", "", ""},
        {"Here is your image:\n", "", "Here is your image:"},
        {"", "\n\nEnjoy!", "Enjoy!"},
        {"", "\nEnjoy", "Enjoy"},
        {"```\n", "\n```", ""},
        {"a ```base64\n", "\n```\nb", "a ```base64\n\n```\nb"},
        {"图：", "。", "图：。"},
        {"![image](data:image/png;base64,", ")", ""},
        {"![image](data:image/png;base64,", " \"a cat\")", ""},
        {"![image](data:image/png;base64,", "\n\nEnjoy (really)", "Enjoy (really)"},
        {"![i](data:application/octet-stream;charset=x;Base64, ", ")", ""},
        {"DATA:;BASE64,", " b", "b"},
        {"<img src=\"data:image/jpeg;base64,", "\" alt='x'/> b", "b"},
        {"(data:image/png;base64,", ") b", "b"}};
    for (const auto& spelling : spellings) {
        for (const auto& place : places) {
            CAPTURE(place.before);
            CAPTURE(spelling.substr(0, 90));
            const auto found = images_in(place.before + spelling + place.after);
            REQUIRE(found.images.size() == 1);
            const bool same = found.images[0].bytes == png;
            CHECK(same);
            if (!same || place.before.find("a ```") == 0) continue;
            CHECK(found.caption == place.caption);
        }
    }
}

TEST_CASE("base64 inside of JSON inside of a text is taken out of it") {
    const auto digits = encode_base64(png);
    const auto found = images_in("{\"image\": \"" + digits + "\", \"words\": \"a cat\"}");
    REQUIRE(found.images.size() == 1);
    CHECK(found.images[0].bytes == png);
    CHECK(found.caption.find("a cat") != std::string::npos);
    CHECK(found.caption.find("iVBOR") == std::string::npos);
}

TEST_CASE("several images of one text keep their order") {
    const auto digits = encode_base64(png);
    const auto small = encode_base64(png_bytes());
    for (const std::string between :
         {"\n", "\r\n\r\n", " and ", "。", "\n![](data:image/png;base64,"}) {
        CAPTURE(between);
        const auto found = images_in(digits + between + small + between + digits);
        REQUIRE(found.images.size() == 3);
        CHECK(found.images[0].bytes == png);
        CHECK(found.images[1].bytes == png_bytes());
        CHECK(found.images[2].bytes == png);
    }
}

TEST_CASE("cut base64 and words like it are not images, and long digits never stay in a caption") {
    const auto digits = encode_base64(png);
    const auto cut = images_in("Here:\n" + digits.substr(0, 2'000));
    REQUIRE(cut.images.size() == 1);  // one that is missing: saving it will say so
    CHECK(cut.caption == "Here:");
    for (const std::string text :
         {"iVBORw0KGgo is how they begin", "see /9j/4AAQ for JPEG", "data:image/png;base64,...",
          "data:text/plain;base64,SGVsbG8gd29ybGQ=", "xiVBORw0KGgo", "UklGR", ""}) {
        CAPTURE(text);
        const auto found = images_in(text);
        CHECK(found.images.empty());
        CHECK(found.caption == text);
    }
}

TEST_CASE("links are images by how they stand or what they name, each once") {
    struct Row {
        std::string text;
        Urls urls;
        std::string caption;
    };
    const Row rows[] = {
        {"图片已生成：https://x/a.png", {"https://x/a.png"}, "图片已生成："},
        {"Done. [Download image](https://x/a.png)", {"https://x/a.png"}, "Done."},
        {"![a](https://x/1) and ![b](https://x/2)", {"https://x/1", "https://x/2"}, "and"},
        {"![a](https://x/1)\n[下载](https://x/1)", {"https://x/1"}, ""},
        {"[![a](https://x/s.png)](https://x/s.png)", {"https://x/s.png"}, ""},
        {"**https://x/1**", {"https://x/1"}, ""},
        {"I cannot draw that. Read more at https://x/docs/policy.", {}, ""},
        {"No.\n[Our policy](https://x/docs/policy)", {}, ""},
        {"```json\n{\"image_url\": \"https://x/1\"}\n```", {"https://x/1"}, ""},
        {"{\"data\":[{\"url\":\"https:\\/\\/x\\/1\"}]}", {"https://x/1"}, ""},
        {"see https://x/p and ![a](https://x/1)", {"https://x/1"}, "see https://x/p and"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.text);
        const auto found = images_in(row.text);
        CHECK(urls_of(found.images) == row.urls);
        if (!row.caption.empty()) CHECK(found.caption == row.caption);
    }
}

TEST_CASE("images of a JSON reply are found where gateways put them") {
    const auto value = encode_base64(png_bytes());
    for (std::string body :
         {R"({"data":[{"url":"@"}]})", R"({"data":{"b64_json":"@"}})", R"({"images":["@"]})",
          R"({"images":[{"url":"","b64_json":"@"}]})", R"({"data":["@"]})",
          R"({"code":"success","message":"","data":{"created":1,"data":[{"b64_json":"@"}]}})",
          R"({"data":[{"b64_json":"@","url":"@"}],"images":[{"url":"@"}]})",
          R"({"output":{"results":[{"url":"@"}]}})", R"({"data":{"image_base64":["@"]}})",
          R"({"output":["@"]})", R"({"predictions":[{"bytesBase64Encoded":"@"}]})",
          R"({"artifacts":[{"base64":"@"}]})", R"({"data":[{"image_url":{"url":"@"}}]})",
          R"({"choices":[{"message":{"images":[{"image_url":{"url":"@"}}]}}]})",
          R"({"choices":[{"message":{"content":"Here: @"}}]})", R"({"result":{"sample":"@"}})",
          R"({"data":[{"B64-JSON":"@"}]})", R"({"something":{"else":"data:image/png;base64,@"}})",
          R"({"input":{"image":"@"},"data":[{"b64_json":"@"}]})"}) {
        CAPTURE(body);
        body = replaced(body, "@", value);
        const auto json = Json::parse(body);
        REQUIRE(json);
        const auto images = images_in_json(json->root());
        REQUIRE(images.size() == 1);
        CHECK(images[0].bytes == png_bytes());
    }
    for (std::string body : {R"({"input":{"image":"@"}})", R"({"prompt":"@"})",
                             R"({"parts":[{"thought":true,"inlineData":{"data":"@"}}]})"}) {
        body = replaced(body, "@", value);
        CAPTURE(body);
        CHECK(images_in_json(Json::parse(body)->root()).empty());
    }
    const auto two = Json::parse(R"({"data":[{"url":"https://x/1"},{"url":"https://x/2"}]})");
    CHECK(urls_of(images_in_json(two->root())) == Urls{"https://x/1", "https://x/2"});
}

TEST_CASE("a value is an image by its bytes or its link, words are none") {
    CHECK(image_by_value("https://x/1").url == "https://x/1");
    CHECK(image_by_value(" /files/1 ").url == "/files/1");
    CHECK(image_by_value("data:image/png;base64," + encode_base64(png)).bytes == png);
    CHECK(image_by_value(mark_of({.index = 3, .bytes = 9})).lifted == 3);
    for (const auto* words : {"please try again later", "//cdn/x", "SGVsbG8=", "", "/ a"}) {
        const auto none = image_by_value(words);
        CHECK((none.bytes.empty() && none.url.empty() && none.lifted == 0));
    }
}

TEST_CASE("a text of a million images, marks or cut ones ends soon") {
    const auto small = encode_base64(png_bytes());
    for (const std::string& piece : {small + " ", std::string("/9j/ "), std::string(";base64,"),
                                     std::string("data:image/png;base64,AAAA\n"),
                                     std::string("====lifted-1-1"), small.substr(0, 64) + "\n"}) {
        std::string text;
        while (text.size() < 2'000'000) text += piece;
        CHECK(images_in(text).images.size() <= 64);
    }
}
