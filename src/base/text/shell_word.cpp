#include "base/text/shell_word.hpp"

#include "base/text/terminal_text.hpp"

#include <algorithm>

namespace nightshift {

std::string shell_word(std::string_view text) {
    const bool plain = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        // Bytes above 127 belong to letters of other scripts.
        return letter || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) > 127 ||
               std::string_view("_-./:,@%+=").find(c) != std::string_view::npos;
    });
    if (plain) return term_safe(text);
    std::string quoted = "'";
    for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return term_safe(quoted + "'");
}

}  // namespace nightshift
