// faults.md row 88.

#include "files/file_names.hpp"

#include "base/text/terminal_text.hpp"
#include "model/output_pattern.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>

using namespace nightshift;

TEST_CASE("a plain id is its own name") {
    for (const std::string id :
         {"a", "task-1", "A_b.c", "2026-05-21", "img_0001", "x.y2", "a.png", "分镜-01", "小马",
          "第一章：雨夜（上）", "caf\xc3\xa9", "Жар-птица_7", "नमस्ते", "shot(2)", "k=v,w", "a@b",
          "한국어", "٣٤", "🎬-1"}) {
        CHECK(stem_of(id) == id);
    }
    CHECK(file_name_of("a", 1, "png") == "a.png");
    CHECK(file_name_of("a", 2, "png") == "a.2.png");
    CHECK(file_name_of("a", 12, "png") == "a.12.png");
}

TEST_CASE("fault row 88: an altered id is a safe name with eight digits of its hash") {
    const std::string ids[] = {"",
                               ".",
                               "..",
                               "../../x",
                               "/etc/passwd",
                               "a/b",
                               "a\\b",
                               "CON",
                               "nul.txt",
                               "com1",
                               "LPT9.x",
                               ".hidden",
                               "-rf",
                               "a b",
                               "a:b",
                               "a*b",
                               "x.2",
                               "x.17",
                               "x-0123abcd",
                               "x-DEADBEEF",
                               "cafe\xcc\x81",
                               "分镜 01",
                               "分镜/01",
                               "a\u3000b",
                               "a\u200bb",
                               "a\u3164",
                               "a\ufffd",
                               "\ue000",
                               "a\xe2\x80\xae"
                               "gnp",
                               std::string("a\0b", 3),
                               "a\nb",
                               std::string(4096, 'x'),
                               std::string(121, 'x'),
                               "\x1b[31m",
                               "\xff\xfe"};
    for (const auto& id : ids) {
        const auto stem = stem_of(id);

        CAPTURE(id);
        CHECK(stem != id);
        CHECK(stem.size() <= 132);
        CHECK(stem.find_first_of(std::string("\0/\\\n\x1b :*?\"<>|", 13)) == std::string::npos);
        CHECK(valid_utf8(stem) == stem);
        CHECK(stem.find("\u202e") == std::string::npos);
        CHECK(stem.front() != '.');
        CHECK(stem.front() != '-');
        CHECK(stem[stem.size() - 9] == '-');
    }
}

TEST_CASE("fault row 88: names of different ids and indexes never meet") {
    std::set<std::string> names;
    int count = 0;
    for (const std::string id : {"x", "x.2", "x.2.2", "x_", "x ", "x/", "x\t", "x-0123abcd",
                                 "caf\xc3\xa9", "cafe\xcc\x81", "CON", "_CON", ".x", "_.x"}) {
        for (int index = 1; index <= 3; ++index) {
            names.insert(file_name_of(id, index, "png"));
            ++count;
        }
    }

    CHECK(static_cast<int>(names.size()) == count);
}

TEST_CASE("a long id is cut between characters, and what was altered shows what stayed") {
    std::string id;
    for (int i = 0; i < 60; ++i) id += "雨";
    CHECK(stem_of(id).substr(0, 120) == id.substr(0, 120));
    CHECK(stem_of("a" + id).substr(0, 119) == "a" + id.substr(0, 117) + "-");
    CHECK(stem_of("分镜 01").starts_with("分镜_01-"));
    CHECK(stem_of("cafe\xcc\x81").starts_with("caf\xc3\xa9-"));
}

TEST_CASE("a pattern puts files into folders by what their task has") {
    auto path = [](std::string_view pattern, std::string_view id, std::string_view tag) {
        return output_stem_of(
            pattern,
            {.id = id, .tag = tag, .model = "MiniMax/speech-2.8-hd", .endpoint = "audio_speech"});
    };
    CHECK(path("", "a", "t") == "a");
    CHECK(path("{tag}/{id}", "a", "训练 集") == "训练_集/a");
    CHECK(path("{tag}/{id}", "a", "") == "a");
    CHECK(path("{tag}/{id}", "a/../b", "../..") == "_._._/" + stem_of("a/../b"));
    CHECK(path("{tag}/{id}", "a", ".ssh") == "_.ssh/a");
    CHECK(path("{tag}/{id}", "a", "con") == "_con/a");
    CHECK(path("{endpoint}/{model}/x-{id}", "a", "") == "audio_speech/MiniMax_speech-2.8-hd/x-a");
    CHECK(path("{tag}-{id}", "a", "") == "_-a");
    CHECK(path("{tag}-{tag}-{id}", "a", std::string(110, 't')) == "a");
    CHECK(numbered_name("t/a", 2, "png") == "t/a.2.png");
}

TEST_CASE("a pattern that cannot be used says why") {
    for (const auto* good : {"{id}", "{tag}/{id}", "a/{model}_{id}", "{endpoint}/{tag}/{id}.x"}) {
        CAPTURE(good);
        CHECK(wrong_with_output_pattern(good).empty());
    }
    for (const auto* bad :
         {"", "a", "{tag}", "{id}/a", "/{id}", "{id}/", "a//{id}", "../{id}", "{name}/{id}", "{id",
          "id}", "{{id}}", "a\\{id}", "a\n{id}", "s3://bucket/{id}"}) {
        CAPTURE(bad);
        CHECK_FALSE(wrong_with_output_pattern(bad).empty());
    }
}

TEST_CASE("fault row 82: the longest id is kept as it is, one byte more is not") {
    CHECK(stem_of(std::string(120, 'x')) == std::string(120, 'x'));
    CHECK(stem_of(std::string(121, 'x')).substr(0, 121) == std::string(120, 'x') + "-");
}
