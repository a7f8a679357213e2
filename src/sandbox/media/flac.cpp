// FLAC (RFC 9639): STREAMINFO, then frames of 4,096 samples with one verbatim subframe each.
#include "sandbox/media/bits.hpp"
#include "sandbox/media/wav.hpp"

#include <algorithm>

namespace nightshift::sandbox {
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
