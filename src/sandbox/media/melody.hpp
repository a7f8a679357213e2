// What the made speech "says": a short tune drawn from a number, as notes and as samples.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace nightshift::sandbox {

struct Note {
    double hertz = 0;
    double seconds = 0;
};

// Notes of a pentatonic scale that last `seconds` together.
std::vector<Note> tune(std::uint64_t roll, double seconds);

// How long a text takes to say: about 0.07 s a Latin letter, 0.2 s a Chinese one, between 0.6 s and
// 20 s, divided by the speaking rate.
double spoken_seconds(std::string_view text, double rate);

// Mono, 16 bit, plucked notes that fade.
std::vector<std::int16_t> samples(const std::vector<Note>& notes, int sample_rate);

}  // namespace nightshift::sandbox
