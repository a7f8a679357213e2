// What bytes are, by their own evidence: magic numbers, completeness, size. Never by name, never
// by what was asked for (contract section 4). Bytes are untrusted: every length is checked.

#pragma once

#include "base/disk.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace nightshift {

enum class Format {
    unknown,
    png,
    jpeg,
    webp,
    gif,
    mp4,
    webm,
    wav,
    mp3,
    flac,
    ogg,
    aac,
    pcm,
    json,
    html,
    xml,
};

struct MediaFacts {
    Format format = Format::unknown;
    bool complete = false;  // reaches its own end: PNG IEND, JPEG EOI, RIFF length, MP4 boxes that
                            // fill the file exactly, MP3 frames; formats without an end: true
    std::optional<int> width, height;
    std::optional<double> duration_s;
};

// From the whole bytes, or from the head of them (`complete` is then meaningless).
Format format_of(std::string_view head);
MediaFacts facts_of(std::string_view bytes);
// The same for a file on disk without reading it whole (MP4 boxes are walked by seeking).
// Throws StorageError when it cannot be read.
MediaFacts facts_of_file(DiskFile& file);

bool is_image(Format format);
bool is_video(Format format);
bool is_audio(Format format);
std::string_view extension_of(Format format);   // "png", "jpg", ...; "bin" for unknown
std::string_view media_type_of(Format format);  // "image/png", ...

}  // namespace nightshift
