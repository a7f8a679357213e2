// Seeded randomness: every random choice of the program comes from one of these, so that a
// simulated run replays from its seed.

#pragma once

#include <cstdint>
#include <random>

namespace nightshift {

class Random {
public:
    explicit Random(std::uint64_t seed) : engine_(seed) {}
    // Seeded from the system.
    static Random from_system() {
        std::random_device device;
        return Random((std::uint64_t{device()} << 32) | device());
    }
    std::uint64_t bits() { return engine_(); }
    // In [0, 1).
    double unit() { return std::uniform_real_distribution<double>(0, 1)(engine_); }
    // In [low, high).
    double between(double low, double high) { return low + (high - low) * unit(); }

private:
    std::mt19937_64 engine_;
};

}  // namespace nightshift
