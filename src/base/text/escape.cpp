#include "base/text/escape.hpp"

#include <charconv>
#include <optional>
#include <utility>

namespace nightshift {
namespace {

std::optional<char> ascii_in(std::string_view digits, std::size_t count, int base) {
    if (digits.size() < count || count == 0) return std::nullopt;
    int value = 0;
    const auto* const end = digits.data() + count;
    const auto [rest, error] = std::from_chars(digits.data(), end, value, base);
    if (error != std::errc() || rest != end || value <= 0 || value > 0x7E) return std::nullopt;
    return static_cast<char>(value);
}

bool is_punctuation(char c) {
    const bool other = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return c > ' ' && c < 0x7F && !other;
}

// "\u002d", "\x2d", "\/"; each JSON string around another doubles the backslashes.
Escapes after_backslash(std::string_view text, std::size_t at) {
    Escapes found;
    const auto run = backslashes_at(text, at);
    if (run >= 2) found.add('\\', 2);
    const auto rest = text.substr(at + run);
    if (rest.empty() || run + 5 > escape_bytes_max) return found;
    if (rest[0] == 'u') {
        if (const auto c = ascii_in(rest.substr(1), 4, 16)) found.add(*c, run + 5);
    } else if (rest[0] == 'x') {
        if (const auto c = ascii_in(rest.substr(1), 2, 16)) found.add(*c, run + 3);
    } else if (is_punctuation(rest[0])) {
        found.add(rest[0], run + 1);
    }
    return found;
}

// "%2D"; a URL in a URL escapes the percent sign, too.
Escapes after_percent(std::string_view text, std::size_t at) {
    Escapes found;
    auto digits = at + 1;
    for (;;) {
        const auto c = ascii_in(text.substr(digits), 2, 16);
        if (!c) return found;
        found.add(*c, digits + 2 - at);
        if (*c != '%' || digits + 4 - at > escape_bytes_max) return found;
        digits += 2;
    }
}

// "&#45;", "&#x2d;", "&amp;"
Escapes after_ampersand(std::string_view text, std::size_t at) {
    constexpr std::pair<std::string_view, char> names[] = {
        {"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}};
    Escapes found;
    auto name = text.substr(at + 1, escape_bytes_max - 1);
    const auto end = name.find(';');
    if (end == name.npos) return found;
    name = name.substr(0, end);
    std::optional<char> c;
    if (name.starts_with("#x") || name.starts_with("#X")) {
        c = ascii_in(name.substr(2), name.size() - 2, 16);
    } else if (name.starts_with('#')) {
        c = ascii_in(name.substr(1), name.size() - 1, 10);
    }
    for (const auto& [each, stands_for] : names) {
        if (each == name) c = stands_for;
    }
    if (c) found.add(*c, end + 2);
    return found;
}

}  // namespace

std::size_t backslashes_at(std::string_view text, std::size_t at) {
    const auto end = text.find_first_not_of('\\', at);
    return (end == text.npos ? text.size() : end) - at;
}

Escapes escapes_at(std::string_view text, std::size_t at) {
    switch (text[at]) {
        case '\\':
            return after_backslash(text, at);
        case '%':
            return after_percent(text, at);
        case '&':
            return after_ampersand(text, at);
        default:
            return {};
    }
}

}  // namespace nightshift
