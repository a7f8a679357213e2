// Everything "random" in the sandbox: numbers drawn from a seed, so that the same seed and body
// give the same ids, texts and pictures.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace nightshift::sandbox {

std::string sha256_hex(std::string_view bytes);

// One number out of several; the order of the calls matters.
std::uint64_t mix(std::uint64_t seed, std::uint64_t value);
std::uint64_t mix(std::uint64_t seed, std::string_view text);

// SplitMix64 (Steele, Lea, Flood 2014).
class Dice {
public:
    explicit Dice(std::uint64_t seed) : state_(seed) {}

    std::uint64_t next();
    unsigned below(unsigned limit);  // 0 .. limit-1; limit > 0
    double unit();                   // 0 <= x < 1
    double between(double low, double high);
    std::string alnum(std::size_t length);  // [0-9A-Za-z]
    std::string hex(std::size_t length);

private:
    std::uint64_t state_;
};

}  // namespace nightshift::sandbox
