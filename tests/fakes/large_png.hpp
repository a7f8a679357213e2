// A PNG of any size that counts as whole, its picture data being noise.

#pragma once

#include <cstdint>
#include <string>

namespace nightshift::test {

inline std::string large_png(std::uint32_t data_bytes) {
    using namespace std::string_literals;
    std::string png =
        "\x89PNG\r\n\x1a\n"
        "\0\0\0\x0dIHDR\0\0\0\x04\0\0\0\x03\x08\x02\0\0\0\0\0\0\0"s;
    for (int shift = 24; shift >= 0; shift -= 8) png += static_cast<char>(data_bytes >> shift);
    png += "IDAT";
    std::uint32_t noise = 1;
    for (std::uint32_t i = 0; i < data_bytes; ++i) {
        noise = noise * 1'664'525 + 1'013'904'223;
        png += static_cast<char>(noise >> 24);
    }
    return png + "\0\0\0\0\0\0\0\0IEND\0\0\0\0"s;
}

}  // namespace nightshift::test
