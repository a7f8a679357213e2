#include "jobs/media/link_finder.hpp"

#include <doctest/doctest.h>

using namespace nightshift::jobs;

namespace {

std::vector<std::string> urls_in(std::string_view text) {
    std::vector<std::string> urls;
    for (const auto& link : links_in(text)) urls.push_back(link.url);
    return urls;
}

using Urls = std::vector<std::string>;
const std::string plain = "https://x.example/a.png?sig=%2b%2F+c&e='(1)&k=a=";

}  // namespace

TEST_CASE("a link is the same whatever stands around it") {
    struct Around {
        std::string before, after;
    };
    const Around rows[] = {{"", ""},
                           {"图片已生成：", "。"},
                           {"url:", ""},
                           {"(", ")"},
                           {"「", "」"},
                           {"“", "”"},
                           {"（", "）"},
                           {"\"", "\""},
                           {"\\\"", "\\\""},
                           {"`", "`"},
                           {"**", "**"},
                           {"~~", "~~"},
                           {"<", ">"},
                           {"See ", ". Enjoy"},
                           {"见", "，谢谢"},
                           {"", "!"},
                           {"- ", "\r\n"},
                           {"| ", " |"},
                           {"[", "]"},
                           {"[img]", "[/img]"},
                           {"![a](", ")"},
                           {"[a](", " \"title\")"},
                           {"![a](<", ">)"},
                           {"{\"url\":\"", "\"}"},
                           {"<img src=\"", "\" alt=\"x\"/>"},
                           {"<a href=\"", "\">x</a>"},
                           {"=", "\t"},
                           {"", "۔"},
                           {"", "।"},
                           {"", "…"},
                           {"```\n", "\n```"},
                           {"请打开", "\u3000下载"},
                           {"", "\xff"}};
    for (const auto& row : rows) {
        CAPTURE(row.before);
        CAPTURE(row.after);
        CHECK(urls_in(row.before + plain + row.after) == Urls{plain});
    }
}

TEST_CASE("what belongs to a link and what does not") {
    struct Row {
        std::string text;
        Urls urls;
    };
    const Row rows[] = {
        {"HTTP://x.example/a.png", {"http://x.example/a.png"}},
        {"HttpS://X.example/a", {"https://X.example/a"}},
        {"![image](https://x/a_(1).png)", {"https://x/a_(1).png"}},
        {"(see https://x/a_(1).png)", {"https://x/a_(1).png"}},
        {"https://x/a.png后", {"https://x/a.png"}},
        {"https://x/图片.png。", {"https://x/图片.png"}},
        {"https://zh.example/wiki/艾伯特·爱", {"https://zh.example/wiki/艾伯特·爱"}},
        {R"({"url":"https:\/\/x\/a.png\u0026b=1"})", {"https://x/a.png&b=1"}},
        {R"(https://x/a\_b.png)", {"https://x/a_b.png"}},
        {R"(\"https://x/a.png\", \n)", {"https://x/a.png"}},
        {"<img src='https://x/a.png?a=1&amp;b=2'>", {"https://x/a.png?a=1&b=2"}},
        {"https://x/a?b=1&amp;c", {"https://x/a?b=1&amp;c"}},
        {"![a](https://x/a b.png)", {"https://x/a%20b.png"}},
        {"![a](https://x/a.png \"t\")", {"https://x/a.png"}},
        {"_https://x/a_b_", {"https://x/a_b"}},
        {"https://x/a?next=https://y/b", {"https://x/a?next=https://y/b"}},
        {"https://x/a.png,https://y/b.png", {"https://x/a.png,https://y/b.png"}},
        {"https://x/a.png，https://y/b.png", {"https://x/a.png", "https://y/b.png"}},
        {"http://[::1]:80/a", {"http://[::1]:80/a"}},
        {"http:// x, https:/x, xhttp://y, http://, ftp://x, http:x, ://", {}},
    };
    for (const auto& row : rows) {
        CAPTURE(row.text);
        CHECK(urls_in(row.text) == row.urls);
    }
}

TEST_CASE("a link knows what it stands in and whether it stands alone") {
    const auto image = links_in("a ![b [c] d](https://x/y \"t\") e").at(0);
    CHECK(image.frame.markup == Markup::image);
    CHECK(image.frame.span.begin == 2);
    CHECK(image.frame.span.end == 29);
    CHECK(links_in("[![t](https://x/s)](https://x/l)").at(0).frame.markup == Markup::image);
    CHECK(links_in("[![t](https://x/s)](https://x/l)").at(1).frame.markup == Markup::link);
    CHECK(links_in("<img alt=\"a\" src=https://x/y>").at(0).frame.markup == Markup::image);
    CHECK(links_in("<a href='https://x/y'>").at(0).frame.markup == Markup::link);
    for (const auto* alone :
         {"https://x/y", "Here:\n 1. **https://x/y**\n", "<https://x/y>", "“https://x/y”。"}) {
        CAPTURE(alone);
        CHECK(links_in(alone).at(0).alone);
    }
    CHECK_FALSE(links_in("see https://x/y").at(0).alone);
    CHECK_FALSE(links_in("https://x/y 图").at(0).alone);
    CHECK_FALSE(links_in("[our policy](https://x/y)\n").at(0).frame.markup == Markup::none);
}

TEST_CASE("what a URL names stands in its path and its query") {
    for (const auto* url : {"https://x/a.png", "https://x/A.JPEG?e=1", "https://x/f?name=a.webp&e",
                            "https://x/a.png!thumb", "https://x/a~tplv.image?x",
                            "https://x/o?response-content-type=image%2Fpng"}) {
        CAPTURE(url);
        CHECK(names_an_image(url));
    }
    for (const auto* url :
         {"https://a.png", "https://x/pngs", "https://x/a.pngx", "https://x/docs/",
          "https://image.example/policy", "https://x/a#b.png", "https://x/a.mp4"}) {
        CAPTURE(url);
        CHECK_FALSE(names_an_image(url));
    }
    CHECK(names_a_sound("https://x/a.MP3?x"));
}

TEST_CASE("a text of a million links is looked at for as many as are of use") {
    std::string text;
    for (int i = 0; i < 100'000; ++i) text += "([https://x/a](https://x/a.png)";
    CHECK(links_in(text).size() == 256);
    CHECK(links_in(std::string(1'000'000, ':')).empty());
    CHECK(links_in("https://x/" + std::string(1'000'000, 'a')).size() == 1);
}
