// Letters of ASCII without regard to case and locale: what protocols and file formats are made of.

#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace nightshift {

constexpr char ascii_lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

constexpr bool is_ascii_digit(char c) {
    return c >= '0' && c <= '9';
}

constexpr bool is_ascii_alnum(char c) {
    const char lower = ascii_lower(c);
    return is_ascii_digit(c) || (lower >= 'a' && lower <= 'z');
}

// The value of a hexadecimal digit, or -1.
constexpr int hex_value(char c) {
    const char lower = ascii_lower(c);
    if (is_ascii_digit(c)) return c - '0';
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

inline std::string lower_of(std::string_view text) {
    std::string folded(text);
    std::transform(folded.begin(), folded.end(), folded.begin(), ascii_lower);
    return folded;
}

// `lower` is in lower case.
constexpr bool starts_folded(std::string_view text, std::string_view lower) {
    if (text.size() < lower.size()) return false;
    return std::equal(lower.begin(), lower.end(), text.begin(),
                      [](char a, char b) { return a == ascii_lower(b); });
}

constexpr bool ends_folded(std::string_view text, std::string_view lower) {
    return text.size() >= lower.size() &&
           starts_folded(text.substr(text.size() - lower.size()), lower);
}

}  // namespace nightshift
