// The headers and frame structure of the made speech.
#include "sandbox/media/audio_file.hpp"
#include "sandbox/media/melody.hpp"
#include "sandbox/media/mp3.hpp"
#include "sandbox/media/speech.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>

using namespace nightshift::sandbox;

namespace {

std::uint64_t little(const std::string& bytes, std::size_t at, int count) {
    std::uint64_t value = 0;
    for (int i = count - 1; i >= 0; --i) {
        value = (value << 8U) | static_cast<unsigned char>(bytes[at + static_cast<std::size_t>(i)]);
    }
    return value;
}

}  // namespace

TEST_CASE("a WAV file says how long it is and is not silent") {
    const std::string file = sound_file(3, 1.5, "wav");

    CHECK(file.substr(0, 4) == "RIFF");
    CHECK(file.substr(8, 8) == "WAVEfmt ");
    CHECK(little(file, 4, 4) == file.size() - 8);
    CHECK(little(file, 20, 2) == 1);  // PCM
    CHECK(little(file, 22, 2) == 1);  // mono
    CHECK(little(file, 24, 4) == 24000);
    CHECK(little(file, 34, 2) == 16);
    CHECK(little(file, 40, 4) == file.size() - 44);
    CHECK(little(file, 40, 4) == 1.5 * 24000 * 2);
    int loudest = 0;
    for (std::size_t at = 44; at < file.size(); at += 2) {
        const auto sample = static_cast<std::int16_t>(little(file, at, 2));
        loudest = std::max(loudest, std::abs(int{sample}));
    }
    CHECK(loudest > 4000);
    CHECK(loudest < 32000);
}

TEST_CASE("an MP3 file is whole frames of 288 bytes whose main data fits into them") {
    const std::string file = mp3(tune(9, 2.0));

    REQUIRE(file.substr(0, 3) == "ID3");
    REQUIRE((file.size() - 10) % 288 == 0);
    const std::size_t frames = (file.size() - 10) / 288;
    CHECK(std::abs(static_cast<double>(frames) * 1152 / 32000 - 2.0) < 0.05);
    for (std::size_t at = 10; at < file.size(); at += 288) {
        REQUIRE(file.substr(at, 4) == std::string("\xFF\xFB\x58\xC0"));
        // part2_3_length: 12 bits from bit 18 of the side information, and 59 bits later again.
        const auto bits = [&](std::size_t from) {
            std::uint64_t value = 0;
            for (std::size_t i = from; i < from + 12; ++i) {
                const auto byte = static_cast<unsigned char>(file[at + 4 + i / 8]);
                value = (value << 1U) | ((byte >> (7 - i % 8)) & 1U);
            }
            return value;
        };
        REQUIRE(bits(18) > 0);
        REQUIRE(bits(18) + bits(18 + 59) <= (288 - 4 - 17) * 8);
    }
}

TEST_CASE("FLAC and PCM hold as many samples as WAV") {
    const std::string sound = sound_file(3, 1.0, "pcm");
    const std::string packed = sound_file(3, 1.0, "flac");

    CHECK(sound.size() == 48000);
    CHECK(packed.substr(0, 4) == "fLaC");
    const auto low = static_cast<unsigned char>(packed[8 + 16]);
    const auto high = static_cast<unsigned char>(packed[8 + 17]);
    CHECK(low * 256 + high == 24000);
}

TEST_CASE("a longer text takes longer, within bounds, and a higher rate less") {
    CHECK(spoken_seconds("", 1) == doctest::Approx(0.6));
    CHECK(spoken_seconds("你好你好你好", 1) == doctest::Approx(1.2));
    CHECK(spoken_seconds(std::string(10'000, 'a'), 1) == doctest::Approx(20));
    CHECK(spoken_seconds("你好你好你好", 2) == doctest::Approx(0.6));
}
