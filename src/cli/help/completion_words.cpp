// What the three scripts share.

#include "cli/help/completion.hpp"

namespace nightshift::cli {

std::string spaced(const std::vector<std::string>& words) {
    std::string text;
    for (const auto& word : words) text += (text.empty() ? "" : " ") + word;
    return text;
}

std::string escaped(const std::string& text, const std::string& special) {
    std::string safe;
    for (const char c : text) {
        if (special.find(c) != std::string::npos) safe += '\\';
        safe += c;
    }
    return safe;
}

std::string quoted_with(const std::string& text, const std::string& quote) {
    std::string safe = "'";
    for (const char c : text) safe += c == '\'' ? quote : std::string(1, c);
    return safe + "'";
}

}  // namespace nightshift::cli
