#include "engine/keyring.hpp"

#include <doctest/doctest.h>

using namespace nightshift;

namespace {

std::string hidden(const std::string& key, std::string text) {
    Keyring(key).hide(text);
    return text;
}

}  // namespace

TEST_CASE("a key that a reply says back is hidden wherever it stands, whole or cut") {
    for (const std::string key : {"sk-0123456789abcdef", "0123456789abcdef", "-dash-first-0"}) {
        CAPTURE(key);
        CHECK(hidden(key, key) == "[key]");
        CHECK(hidden(key, "key " + key + ", again " + key) == "key [key], again [key]");
        CHECK(hidden(key, key + ' ' + key.substr(0, 8) + "***") == "[key] [key]***");
        CHECK(hidden(key, "cut " + key.substr(0, 7)) == "cut " + key.substr(0, 7));
        CHECK(hidden(key, "") == "");
        CHECK(hidden(key, "s-k-0-sk-0123") == "s-k-0-sk-0123");
    }
}

TEST_CASE("a key that is shorter than eight characters is left alone") {
    CHECK(hidden("word", "a word") == "a word");
}
