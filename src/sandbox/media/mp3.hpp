// MP3 files (MPEG-1 Layer III, mono, 32 kHz, 64 kbit/s) whose spectrum is written straight from the
// notes of a tune: no psychoacoustics, real frames that every decoder plays.
#pragma once

#include "sandbox/media/melody.hpp"

#include <string>
#include <vector>

namespace nightshift::sandbox {

std::string mp3(const std::vector<Note>& notes);

}  // namespace nightshift::sandbox
