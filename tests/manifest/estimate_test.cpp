#include "manifest/estimate.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <string>

using namespace nightshift;

TEST_CASE("prose is estimated near a token a word, English, Chinese and mixed") {
    struct Row {
        const char* text;
        double tokens;  // reckoned by eye (a word or a common pair each), no tokenizer was asked
    };
    const Row rows[] = {
        {"The night train left the city before dawn, and nobody on the platform spoke a word about "
         "the weather or the long road home.",
         27},
        {"请用一句话介绍你自己", 7.5},
        {"一匹白色小马在草原上奔跑，阳光明媚，电影感镜头", 17},
        {"Translate into English: 证明根号 2 是无理数", 13},
    };
    for (const auto& row : rows) {
        CAPTURE(row.text);
        const double estimate = estimated_tokens(row.text);
        CHECK(std::abs(estimate - row.tokens) <= 0.25 * row.tokens);
    }
}

TEST_CASE("characters are counted by their lengths, at every offset of a word") {
    for (std::size_t before = 0; before < 17; ++before) {
        const std::string text = std::string(before, 'a') + "é中😀";
        const double expected = static_cast<double>(before) / 4.2 + 0.45 + 0.75 + 1.5;
        CHECK(estimated_tokens(text) == doctest::Approx(expected));
    }
    CHECK(estimated_tokens("") == 0);
}
