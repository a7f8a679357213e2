// Audio containers of 16-bit mono samples: WAV (RIFF), FLAC, and raw little-endian PCM.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace nightshift::sandbox {

std::string pcm(const std::vector<std::int16_t>& samples);
std::string wav(const std::vector<std::int16_t>& samples, int sample_rate);

// Verbatim subframes: valid and lossless, not small. `sample_rate` below 655,350 Hz.
std::string flac(const std::vector<std::int16_t>& samples, int sample_rate);

}  // namespace nightshift::sandbox
