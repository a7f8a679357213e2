// RIFF/WAVE with a 16-byte fmt chunk (Microsoft RIFF, WAVE_FORMAT_PCM).
#include "sandbox/media/wav.hpp"

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

}  // namespace nightshift::sandbox
