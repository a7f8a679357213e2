#include "base/text/glob.hpp"

namespace nightshift {

// Linear time: on a mismatch only the last `*` is widened.
bool glob_matches(std::string_view pattern, std::string_view text, std::optional<char> any_one) {
    std::size_t p = 0, t = 0, star = std::string_view::npos, resume = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            resume = t;
        } else if (p < pattern.size() && pattern[p] == any_one) {
            ++p;
            do ++t;  // the whole of a character in UTF-8
            while (t < text.size() && (static_cast<unsigned char>(text[t]) & 0xC0) == 0x80);
        } else if (p < pattern.size() && pattern[p] == text[t]) {
            ++p;
            ++t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++resume;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*') ++p;
    return p == pattern.size();
}

}  // namespace nightshift
