// faults.md row 88.

#include "output/names.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>

using namespace nightshift;

TEST_CASE("a plain id is its own name") {
    for (const std::string id :
         {"a", "task-1", "A_b.c", "2026-05-21", "img_0001", "x.y2", "a.png"}) {
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
                               "\xe5\xb0\x8f\xe9\xa9\xac",
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
        CHECK(stem.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                     "0123456789._-") == std::string::npos);
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

TEST_CASE("fault row 82: the longest id is kept as it is, one byte more is not") {
    CHECK(stem_of(std::string(120, 'x')) == std::string(120, 'x'));
    CHECK(stem_of(std::string(121, 'x')).substr(0, 121) == std::string(120, 'x') + "-");
}
