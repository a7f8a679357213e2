#include "base/text/terminal_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

namespace nightshift {
namespace {

unsigned char byte_at(std::string_view text, std::size_t index) {
    return static_cast<unsigned char>(text[index]);
}

bool is_continuation(std::string_view text, std::size_t index) {
    return index < text.size() && (byte_at(text, index) & 0xC0) == 0x80;
}

std::uint32_t code_point(std::string_view sequence) {
    if (sequence.size() == 1) return byte_at(sequence, 0);
    std::uint32_t value = byte_at(sequence, 0) & (0xFFu >> (sequence.size() + 1));
    for (std::size_t i = 1; i < sequence.size(); ++i) {
        value = (value << 6) | (byte_at(sequence, i) & 0x3Fu);
    }
    return value;
}

// Controls that move the cursor, change the terminal, or reorder text.
bool is_dangerous(std::uint32_t c) {
    if (c < 0x20 || (c >= 0x7F && c <= 0x9F)) return true;
    return c == 0x061C || c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E) ||
           (c >= 0x2066 && c <= 0x2069) || c == 0x2028 || c == 0x2029;
}

std::size_t plain_length(std::string_view text) {
    const auto is_other = [](unsigned char c) { return c < 0x20 || c >= 0x7F; };
    return static_cast<std::size_t>(std::find_if(text.begin(), text.end(), is_other) -
                                    text.begin());
}

}  // namespace

// Unicode 15, table 3-7: well-formed sequences.
std::size_t utf8_length(std::string_view text) {
    if (text.empty()) return 0;
    const auto first = byte_at(text, 0);
    if (first < 0x80) return 1;
    if (first >= 0xC2 && first <= 0xDF) return is_continuation(text, 1) ? 2 : 0;
    if (first >= 0xE0 && first <= 0xEF) {
        if (!is_continuation(text, 1) || !is_continuation(text, 2)) return 0;
        const auto second = byte_at(text, 1);
        if (first == 0xE0 && second < 0xA0) return 0;
        if (first == 0xED && second > 0x9F) return 0;
        return 3;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        if (!is_continuation(text, 1) || !is_continuation(text, 2) || !is_continuation(text, 3)) {
            return 0;
        }
        const auto second = byte_at(text, 1);
        if (first == 0xF0 && second < 0x90) return 0;
        if (first == 0xF4 && second > 0x8F) return 0;
        return 4;
    }
    return 0;
}

std::string term_safe(std::string_view text, std::size_t limit) {
    std::string safe;
    while (!text.empty()) {
        if (limit > 0 && safe.size() >= limit) return safe + "...";
        if (auto plain = plain_length(text); plain > 0) {  // nearly all of any text
            if (limit > 0) plain = std::min(plain, limit - safe.size());
            safe += text.substr(0, plain);
            text.remove_prefix(plain);
            continue;
        }
        const auto length = utf8_length(text);
        if (length == 0) {
            safe += fmt::format("\\x{:02x}", byte_at(text, 0));
            text.remove_prefix(1);
            continue;
        }
        const auto sequence = text.substr(0, length);
        const auto c = code_point(sequence);
        if (c == '\n' || c == '\t' || c == '\r') {
            safe += ' ';
        } else if (is_dangerous(c)) {
            safe += c < 0x100 ? fmt::format("\\x{:02x}", c) : fmt::format("\\u{:04x}", c);
        } else {
            safe += sequence;
        }
        text.remove_prefix(length);
    }
    return safe;
}

std::string valid_utf8(std::string_view text) {
    std::string valid;
    valid.reserve(text.size());
    while (!text.empty()) {
        const auto length = utf8_length(text);
        valid += length > 0 ? text.substr(0, length) : std::string_view("\xEF\xBF\xBD");
        text.remove_prefix(length > 0 ? length : 1);
    }
    return valid;
}

}  // namespace nightshift
