#include "base/base64.hpp"

#include "base/base64_wide.hpp"

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

namespace nightshift {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint32_t bad = 0x01000000;  // outside the 24 bits of a group

using Table = std::array<std::uint32_t, 256>;

// Value of each character of both alphabets, shifted to its place in a group of four.
constexpr Table table_shifted(int shift) {
    Table table{};
    for (auto& entry : table) entry = bad;
    for (std::uint32_t value = 0; value < 64; ++value) {
        table[static_cast<unsigned char>(alphabet[value])] = value << shift;
    }
    table['-'] = 62u << shift;
    table['_'] = 63u << shift;
    return table;
}

// Two digits for each twelve bits.
constexpr std::array<char, 8192> pairs_of_digits() {
    std::array<char, 8192> pairs{};
    for (std::size_t value = 0; value < 4096; ++value) {
        pairs[2 * value] = alphabet[value >> 6];
        pairs[2 * value + 1] = alphabet[value & 63];
    }
    return pairs;
}

// Twelve bits for each two digits, by the number that they are in memory, the first being low.
constexpr std::uint16_t bad_pair = 0x8000;

constexpr std::array<std::uint16_t, 65536> values_of_pairs() {
    constexpr std::string_view digits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_";
    std::array<std::uint16_t, 65536> values{};
    for (auto& value : values) value = bad_pair;
    for (std::uint32_t high = 0; high < digits.size(); ++high) {
        for (std::uint32_t low = 0; low < digits.size(); ++low) {
            const auto pair = static_cast<unsigned char>(digits[high]) |
                              std::uint32_t{static_cast<unsigned char>(digits[low])} << 8;
            const auto of = [](std::uint32_t at) { return at < 64 ? at : at - 2; };
            values[pair] = static_cast<std::uint16_t>(of(high) << 6 | of(low));
        }
    }
    return values;
}

constexpr auto pair_values = values_of_pairs();
constexpr auto digit_pairs = pairs_of_digits();
constexpr Table first = table_shifted(18);
constexpr Table second = table_shifted(12);
constexpr Table third = table_shifted(6);
constexpr Table fourth = table_shifted(0);

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool equals_folded(std::string_view text, std::string_view lower) {
    if (text.size() != lower.size()) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c) != lower[i]) return false;
    }
    return true;
}

// Removes "data:TYPE;base64,"; false when it is a data URL in another encoding.
bool strip_data_prefix(std::string_view& text) {
    if (!equals_folded(text.substr(0, 5), "data:")) return true;
    constexpr std::string_view mark = ";base64";
    const auto comma = text.find(',');
    if (comma == std::string_view::npos || comma < mark.size()) return false;
    if (!equals_folded(text.substr(comma - mark.size(), mark.size()), mark)) return false;
    text.remove_prefix(comma + 1);
    return true;
}

void trim(std::string_view& text) {
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
}

char byte_of(std::uint32_t group, int shift) {
    return static_cast<char>((group >> shift) & 0xff);
}

std::uint32_t group_at(const unsigned char* from) {
    return first[from[0]] | second[from[1]] | third[from[2]] | fourth[from[3]];
}

std::uint64_t pair_value(const unsigned char* from) {
    return pair_values[static_cast<std::size_t>(from[0]) | std::size_t{from[1]} << 8];
}

// Whole groups up to the first character that is no digit: nearly all of any text. Stores more
// than it decodes, so `to` needs spare_bytes behind.
constexpr std::size_t spare_bytes = 8;
void decode_groups(const unsigned char*& from, const unsigned char* end, char*& to) {
    decode_base64_blocks(from, end, to);
    for (; end - from >= 8; from += 8, to += 6) {
        const auto a = pair_value(from), b = pair_value(from + 2);
        const auto c = pair_value(from + 4), d = pair_value(from + 6);
        if (((a | b | c | d) & bad_pair) != 0) break;
        const std::uint64_t six = __builtin_bswap64(a << 52 | b << 40 | c << 28 | d << 16);
        std::memcpy(to, &six, sizeof six);
    }
    for (; end - from >= 4; from += 4) {
        const auto bits = group_at(from);
        if ((bits & bad) != 0) return;
        *to++ = byte_of(bits, 16);
        *to++ = byte_of(bits, 8);
        *to++ = byte_of(bits, 0);
    }
}

// The last two or three characters of a text, or none. One alone carries no whole byte.
bool decode_tail(const std::array<unsigned char, 4>& group, std::size_t count, char*& to) {
    if (count == 0) return true;
    if (count == 1) return false;
    auto bits = first[group[0]] | second[group[1]];
    if (count == 3) bits |= third[group[2]];
    if ((bits & bad) != 0) return false;
    *to++ = byte_of(bits, 16);
    if (count == 3) *to++ = byte_of(bits, 8);
    return true;
}

}  // namespace

std::optional<std::string_view> base64_in(std::string_view text) {
    trim(text);
    if (!strip_data_prefix(text)) return std::nullopt;
    trim(text);
    return text;
}

std::optional<std::string> decode_base64(std::string_view text) {
    const auto data = base64_in(text);
    if (!data) return std::nullopt;
    text = *data;
    std::size_t padding = 0;
    while (padding < 2 && !text.empty() && text.back() == '=') {
        text.remove_suffix(1);
        trim(text);
        ++padding;
    }

    std::string bytes(text.size() / 4 * 3 + 3 + spare_bytes, '\0');
    char* to = bytes.data();
    const auto* from = reinterpret_cast<const unsigned char*>(text.data());
    const auto* const end = from + text.size();
    std::array<unsigned char, 4> group{};
    std::size_t count = 0;
    while (from != end) {
        if (count == 0) decode_groups(from, end, to);
        if (from == end) break;
        const auto c = *from++;
        if (c == '\r' || c == '\n') continue;
        if (first[c] == bad) return std::nullopt;
        group[count++] = c;
        if (count < 4) continue;
        const auto bits = group_at(group.data());
        *to++ = byte_of(bits, 16);
        *to++ = byte_of(bits, 8);
        *to++ = byte_of(bits, 0);
        count = 0;
    }
    if (padding != 0 && count + padding > 4) return std::nullopt;
    if (padding != 0 && count == 0) return std::nullopt;
    if (!decode_tail(group, count, to)) return std::nullopt;
    bytes.resize(static_cast<std::size_t>(to - bytes.data()));
    return bytes;
}

Base64Groups decode_base64_groups(std::string_view text, std::string& room) {
    const auto longest = text.size() / 4 * 3 + spare_bytes;
    if (room.size() < longest) room.resize(longest);
    char* to = room.data();
    const auto* from = reinterpret_cast<const unsigned char*>(text.data());
    const auto* const begin = from;
    decode_groups(from, begin + text.size(), to);
    return {.digits = static_cast<std::size_t>(from - begin),
            .bytes = static_cast<std::size_t>(to - room.data())};
}

std::size_t base64_run(std::string_view text) {
    const auto* at = reinterpret_cast<const unsigned char*>(text.data());
    const auto* const begin = at;
    const auto* const end = at + text.size();
    const auto is_digit = [](unsigned char c) { return first[c] != bad || c == '='; };
    while (end - at >= 8 && ((group_at(at) | group_at(at + 4)) & bad) == 0) at += 8;
    while (at != end && is_digit(*at)) ++at;
    return static_cast<std::size_t>(at - begin);
}

std::string encode_base64(std::string_view bytes) {
    std::string text((bytes.size() + 2) / 3 * 4, '=');
    char* to = text.data();
    const auto* from = reinterpret_cast<const unsigned char*>(bytes.data());
    std::size_t left = bytes.size();
    for (; left >= 3; left -= 3, from += 3, to += 4) {
        const std::uint32_t group =
            (std::uint32_t{from[0]} << 16) | (std::uint32_t{from[1]} << 8) | std::uint32_t{from[2]};
        std::memcpy(to, &digit_pairs[2 * (group >> 12)], 2);
        std::memcpy(to + 2, &digit_pairs[2 * (group & 0xfff)], 2);
    }
    if (left == 0) return text;
    std::uint32_t group = std::uint32_t{from[0]} << 16;
    if (left == 2) group |= std::uint32_t{from[1]} << 8;
    to[0] = alphabet[group >> 18];
    to[1] = alphabet[(group >> 12) & 63];
    if (left == 2) to[2] = alphabet[(group >> 6) & 63];
    return text;
}

}  // namespace nightshift
