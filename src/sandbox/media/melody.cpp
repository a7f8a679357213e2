// Two decaying partials a note, made with a rotating phasor instead of a sine for each sample.
#include "sandbox/media/melody.hpp"

#include "sandbox/media/seeded_random.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>

namespace nightshift::sandbox {

std::vector<Note> tune(std::uint64_t roll, double seconds) {
    static constexpr std::array<int, 5> scale{0, 2, 4, 7, 9};
    Dice dice(roll);
    const double root = 196.0 * std::pow(2.0, dice.below(8) / 12.0);  // G3 and up
    unsigned degree = dice.below(5);
    std::vector<Note> notes;
    double left = seconds;
    while (left > 0.001) {
        const double length = std::min(left, dice.below(3) == 0 ? 0.5 : 0.25);
        degree = (degree + 8 + dice.below(5)) % 10;
        const int half_tones = scale[degree % 5] + 12 * static_cast<int>(degree / 5);
        notes.push_back(Note{.hertz = root * std::pow(2.0, half_tones / 12.0), .seconds = length});
        left -= length;
    }
    return notes;
}

double spoken_seconds(std::string_view text, double rate) {
    double seconds = 0;
    for (const char letter : text) {
        const auto byte = static_cast<unsigned char>(letter);
        if (byte < 0x80) seconds += 0.07;
        if (byte >= 0xC0) seconds += 0.2;  // the first byte of a longer UTF-8 sequence
    }
    return std::clamp(seconds, 0.6, 20.0) / std::clamp(rate, 0.25, 4.0);
}

std::vector<std::int16_t> samples(const std::vector<Note>& notes, int sample_rate) {
    std::vector<std::int16_t> all;
    for (const Note& note : notes) {
        const auto count = static_cast<int>(std::lround(note.seconds * sample_rate));
        const double step = 6.283185307179586 * note.hertz / sample_rate;
        const double fade = std::exp(-3.0 / (0.45 * sample_rate));
        std::complex<double> first(9000.0, 0.0);
        std::complex<double> second(3500.0, 0.0);
        const std::complex<double> turn_first = std::polar(fade, step);
        const std::complex<double> turn_second = std::polar(fade, 2 * step);
        for (int i = 0; i < count; ++i) {
            const double rise = std::min(1.0, i / (0.005 * sample_rate));
            const double end = std::min(1.0, (count - i) / (0.005 * sample_rate));
            const double value = (first.imag() + second.imag()) * rise * end;
            all.push_back(static_cast<std::int16_t>(value));
            first *= turn_first;
            second *= turn_second;
        }
    }
    return all;
}

}  // namespace nightshift::sandbox
