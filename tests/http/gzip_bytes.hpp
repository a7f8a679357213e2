// Gzip bodies (RFC 1951, RFC 1952) without a compressor: one that unpacks to what was put in, and
// one that unpacks to far more than it weighs.

#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

namespace nightshift::test {

inline constexpr std::string_view gzip_head{"\x1f\x8b\x08\0\0\0\0\0\0\xff", 10};

inline std::string little_endian_bytes(std::uint32_t value, int count) {
    std::string bytes;
    for (int i = 0; i < count; ++i) bytes += static_cast<char>((value >> (8 * i)) & 0xff);
    return bytes;
}

// Stored blocks: no smaller than `bytes`.
inline std::string gzip_of(std::string_view bytes) {
    std::string packed(gzip_head);
    std::uint32_t crc = 0xffffffff;
    for (const char c : bytes) {
        crc ^= static_cast<unsigned char>(c);
        for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xedb88320 : 0);
    }
    const auto size = static_cast<std::uint32_t>(bytes.size());
    do {
        const auto block = bytes.substr(0, 0xffff);
        bytes.remove_prefix(block.size());
        const auto length = static_cast<std::uint32_t>(block.size());
        packed += bytes.empty() ? '\1' : '\0';
        packed += little_endian_bytes(length, 2) + little_endian_bytes(~length & 0xffff, 2);
        packed += block;
    } while (!bytes.empty());
    return packed + little_endian_bytes(~crc, 4) + little_endian_bytes(size, 4);
}

// One block of fixed codes: a zero, then "258 bytes from 1 back" in 13 bits each, 158 : 1.
inline std::string gzip_bomb(std::size_t size) {
    std::string bits =
        "110"
        "00110000";  // last block, fixed codes; literal 0
    std::string packed(gzip_head);
    for (std::size_t unpacked = 1; unpacked < size; unpacked += 258)
        bits +=
            "11000101"
            "00000";
    bits += "0000000";  // end of block
    bits.resize((bits.size() + 7) / 8 * 8, '0');
    for (std::size_t i = 0; i < bits.size(); i += 8) {
        int byte = 0;
        for (std::size_t bit = 0; bit < 8; ++bit) byte |= (bits[i + bit] - '0') << bit;
        packed += static_cast<char>(byte);
    }
    return packed + std::string(8, '\0');
}

}  // namespace nightshift::test
