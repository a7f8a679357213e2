// RIFF/WAVE with a 16-byte fmt chunk (Microsoft RIFF, WAVE_FORMAT_PCM).
#include "sandbox/media/audio_file.hpp"

#include "sandbox/media/bits.hpp"

#include <algorithm>

namespace nightshift::sandbox {
namespace {

void put_little(std::string& bytes, std::uint64_t value, int count) {
    for (int i = 0; i < count; ++i) bytes += static_cast<char>((value >> (8 * i)) & 255U);
}

}  // namespace

std::string pcm(const std::vector<std::int16_t>& samples) {
    std::string bytes;
    bytes.reserve(samples.size() * 2);
    for (const std::int16_t sample : samples) {
        put_little(bytes, static_cast<std::uint16_t>(sample), 2);
    }
    return bytes;
}

std::string wav(const std::vector<std::int16_t>& samples, int sample_rate) {
    const std::uint64_t size = samples.size() * 2;
    const auto rate = static_cast<std::uint64_t>(sample_rate);
    std::string file = "RIFF";
    put_little(file, 36 + size, 4);
    file += "WAVEfmt ";
    put_little(file, 16, 4);
    put_little(file, 1, 2);  // PCM
    put_little(file, 1, 2);  // one channel
    put_little(file, rate, 4);
    put_little(file, rate * 2, 4);  // bytes a second
    put_little(file, 2, 2);         // bytes a sample
    put_little(file, 16, 2);        // bits a sample
    file += "data";
    put_little(file, size, 4);
    return file + pcm(samples);
}

// FLAC (RFC 9639): STREAMINFO, then frames of 4,096 samples with one verbatim subframe each.

namespace {

constexpr std::size_t block = 4096;

// A CRC without reflection: FLAC uses polynomials 0x07 (8 bit) and 0x8005 (16 bit).
unsigned crc(std::string_view bytes, unsigned polynomial, unsigned width) {
    unsigned value = 0;
    const unsigned top = 1U << (width - 1);
    for (const char letter : bytes) {
        value ^= static_cast<unsigned>(static_cast<unsigned char>(letter)) << (width - 8);
        for (int i = 0; i < 8; ++i) {
            value = (value & top) != 0 ? (value << 1U) ^ polynomial : value << 1U;
        }
        value &= (1U << width) - 1;
    }
    return value;
}

// The frame number in the extended UTF-8 of RFC 9639 9.1.5; up to three bytes are needed here.
void put_number(Bits& bits, std::uint32_t number) {
    if (number < 0x80) {
        bits.put(number, 8);
    } else if (number < 0x800) {
        bits.put(0xC0 | (number >> 6U), 8);
        bits.put(0x80 | (number & 63U), 8);
    } else {
        bits.put(0xE0 | (number >> 12U), 8);
        bits.put(0x80 | ((number >> 6U) & 63U), 8);
        bits.put(0x80 | (number & 63U), 8);
    }
}

std::string frame_of(const std::vector<std::int16_t>& samples, std::size_t start) {
    const std::size_t count = std::min(block, samples.size() - start);
    Bits bits;
    bits.put(0xFFF8, 16);  // sync code, fixed block size
    bits.put(7, 4);        // block size follows as 16 bits
    bits.put(0, 4);        // sample rate as in STREAMINFO
    bits.put(0, 4);        // mono
    bits.put(4, 3);        // 16 bits a sample
    bits.put(0, 1);
    put_number(bits, static_cast<std::uint32_t>(start / block));
    bits.put(count - 1, 16);
    bits.put(crc(bits.bytes(), 0x07, 8), 8);
    bits.put(2, 8);  // subframe: verbatim, no wasted bits
    for (std::size_t i = 0; i < count; ++i) {
        bits.put(static_cast<std::uint16_t>(samples[start + i]), 16);
    }
    bits.put(crc(bits.bytes(), 0x8005, 16), 16);
    return std::move(bits.bytes());
}

}  // namespace

std::string flac(const std::vector<std::int16_t>& samples, int sample_rate) {
    Bits bits;
    bits.put(0x80, 8);  // the last metadata block, STREAMINFO
    bits.put(34, 24);   // its length
    bits.put(block, 16);
    bits.put(block, 16);
    bits.put(0, 24);  // frame sizes unknown
    bits.put(0, 24);
    bits.put(static_cast<std::uint64_t>(sample_rate), 20);
    bits.put(0, 3);   // channels - 1
    bits.put(15, 5);  // bits a sample - 1
    bits.put(samples.size(), 36);
    for (int i = 0; i < 4; ++i) bits.put(0, 32);  // MD5 unknown
    std::string file = "fLaC" + bits.bytes();
    for (std::size_t start = 0; start < samples.size(); start += block) {
        file += frame_of(samples, start);
    }
    return file;
}

}  // namespace nightshift::sandbox
