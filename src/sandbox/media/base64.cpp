// RFC 4648 section 4 and 5.
#include "sandbox/media/base64.hpp"

#include <cstdint>

namespace nightshift::sandbox {
namespace {

std::string encode(std::string_view bytes, std::string_view alphabet) {
    std::string text;
    text.reserve(bytes.size() / 3 * 4 + 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        std::uint32_t group = 0;
        for (std::size_t k = 0; k < 3; ++k) {
            const auto byte = i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0U;
            group = (group << 8U) | byte;
        }
        const std::size_t letters = bytes.size() - i >= 3 ? 4 : bytes.size() - i + 1;
        for (std::size_t k = 0; k < letters; ++k) text += alphabet[(group >> (18 - 6 * k)) & 63U];
    }
    return text;
}

}  // namespace

std::string base64(std::string_view bytes) {
    std::string text =
        encode(bytes, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
    while (text.size() % 4 != 0) text += '=';
    return text;
}

std::string base64_url(std::string_view bytes) {
    return encode(bytes, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
}

}  // namespace nightshift::sandbox
