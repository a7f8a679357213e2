// SHA-256 through OpenSSL's EVP, and SplitMix64.
#include "sandbox/media/seeded_random.hpp"

#include <openssl/evp.h>

#include <array>

namespace nightshift::sandbox {

std::string sha256_hex(std::string_view bytes) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned length = 0;
    EVP_Digest(bytes.data(), bytes.size(), digest.data(), &length, EVP_sha256(), nullptr);
    static constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (unsigned i = 0; i < length; ++i) {
        text += digits[digest[i] >> 4U];
        text += digits[digest[i] & 15U];
    }
    return text;
}

std::uint64_t mix(std::uint64_t seed, std::uint64_t value) {
    Dice dice(seed ^ (value * 0x9E3779B97F4A7C15ULL + 0x632BE59BD9B4E019ULL));
    return dice.next();
}

std::uint64_t mix(std::uint64_t seed, std::string_view text) {
    std::uint64_t hash = 0xCBF29CE484222325ULL;  // FNV-1a, 64 bit
    for (const char letter : text) {
        hash = (hash ^ static_cast<unsigned char>(letter)) * 0x100000001B3ULL;
    }
    return mix(seed, hash);
}

std::uint64_t Dice::next() {
    state_ += 0x9E3779B97F4A7C15ULL;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31U);
}

unsigned Dice::below(unsigned limit) {
    return static_cast<unsigned>(next() % limit);
}

double Dice::unit() {
    return static_cast<double>(next() >> 11U) * 0x1.0p-53;
}

double Dice::between(double low, double high) {
    return low + (high - low) * unit();
}

std::string Dice::alnum(std::size_t length) {
    static constexpr std::string_view letters =
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    std::string text;
    for (std::size_t i = 0; i < length; ++i) text += letters[below(62)];
    return text;
}

std::string Dice::hex(std::size_t length) {
    static constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (std::size_t i = 0; i < length; ++i) text += digits[below(16)];
    return text;
}

}  // namespace nightshift::sandbox
