#include "base/text/shell_word.hpp"

#include <doctest/doctest.h>

using namespace nightshift;

TEST_CASE("a word is quoted for a shell where it must be, and only there") {
    CHECK(shell_word("night.run") == "night.run");
    CHECK(shell_word("/a/b-c_1:2") == "/a/b-c_1:2");
    CHECK(shell_word("夜班") == "夜班");
    CHECK(shell_word("my night") == "'my night'");
    CHECK(shell_word("it's") == "'it'\\''s'");
    CHECK(shell_word("a*") == "'a*'");
    CHECK(shell_word("") == "''");
    CHECK(shell_word("a\x1b[2J").find('\x1b') == std::string::npos);
}
