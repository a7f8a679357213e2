// One character of a text that is written as an escape: JSON and its nestings, a URL's percent
// signs, HTML.

#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace nightshift {

struct Escape {
    char stands_for = '\0';
    std::size_t bytes = 0;  // that it takes in the text
};

// An escape may be read in more than one way: "%252D" is "%2D", escaped once more, or a dash.
struct Escapes {
    std::array<Escape, 4> ways = {};
    std::size_t count = 0;

    void add(char stands_for, std::size_t bytes) {
        if (count < ways.size()) ways[count++] = {stands_for, bytes};
    }
};

// The characters that an escape begins with.
inline constexpr std::string_view escape_marks = "\\%&";
// The longest escape that counts: a JSON escape in a JSON string in a JSON string.
inline constexpr std::size_t escape_bytes_max = 12;

// All that an escape at `at` may stand for, as far as it is ASCII.
Escapes escapes_at(std::string_view text, std::size_t at);

// How many backslashes there are from `at` on.
std::size_t backslashes_at(std::string_view text, std::size_t at);

}  // namespace nightshift
