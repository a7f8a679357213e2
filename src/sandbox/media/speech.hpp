// Spoken text as an audio file: a tune of the length the text would take.
#pragma once

#include "sandbox/media/melody.hpp"

#include <cstdint>
#include <string>

namespace nightshift::sandbox {

struct Speech {
    std::uint64_t roll = 0;
    std::string text;
    double rate = 1;     // speaking rate
    std::string format;  // "wav" (24 kHz), "mp3" (32 kHz), "flac" or "pcm" (24 kHz)
};

std::string speech_file(const Speech& speech);

// The same for a length in seconds.
std::string sound_file(std::uint64_t roll, double seconds, const std::string& format);

}  // namespace nightshift::sandbox
