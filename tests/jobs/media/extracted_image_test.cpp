#include "jobs/media/extracted_image.hpp"

#include "base/base64.hpp"
#include "jobs/media/image_reply.hpp"

#include <doctest/doctest.h>

using namespace nightshift;
using namespace nightshift::jobs;

TEST_CASE("a mark says which image it stands for, and is base64 of nothing") {
    const auto mark = mark_of({.index = 2, .bytes = 1'500'000});
    CHECK(mark == "====lifted-2-1500000====");
    CHECK(lifted_by(mark).value().index == 2);
    CHECK(lifted_by(mark).value().bytes == 1'500'000);
    CHECK(base64_run(mark) == mark.size());
    CHECK_FALSE(decode_base64(mark).has_value());
}

TEST_CASE("what is not quite a mark stands for nothing") {
    for (const std::string_view text :
         {"", "====", "====lifted-", "====lifted-1-5===", "====lifted-1-5=====",
          "====lifted-0-5====", "====lifted--1-5====", "====lifted-1====",
          "====lifted-99999999999-5====", "x====lifted-1-5====", "====lifted-1-5====x"}) {
        CAPTURE(text);
        CHECK_FALSE(lifted_by(text).has_value());
    }
}

TEST_CASE("marks are replaced wherever they stand, and nothing else is") {
    const auto put = [](const Lifted& lifted) { return "<" + std::to_string(lifted.index) + ">"; };
    const auto mark = [](int index) { return mark_of({.index = index, .bytes = 7}); };
    CHECK(replace_marks("", put).empty());
    CHECK(replace_marks("a" + mark(1) + mark(2) + "b" + mark(3), put) == "a<1><2>b<3>");
    CHECK(replace_marks("====lifted-x====" + mark(1), put) == "====lifted-x====<1>");
    CHECK(replace_marks("====lifted-1-", put) == "====lifted-1-");
}

TEST_CASE("a lifted image is told like one that was in the reply") {
    const auto mark = mark_of({.index = 1, .bytes = 300});
    const auto base64 = encode_base64(std::string(300, 'x'));
    for (const std::string front :
         {R"({"b64_json":")", R"({"text":"![a](data:image/png;base64,)"}) {
        const std::string back = front.find('(') == front.npos ? R"("})" : R"() b"})";
        CAPTURE(front);
        CHECK(without_base64(front + mark + back) == without_base64(front + base64 + back));
        CHECK(without_base64(front + mark + back).find("300 bytes") != std::string::npos);
    }
}
