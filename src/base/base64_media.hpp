// Where a text holds an image, sound or video as base64.

#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace nightshift {

struct MediaRun {
    std::size_t begin = 0, end = 0;
};

// The bytes that the beginning of a run must have before it is taken for media.
inline constexpr std::size_t media_digits_min = 64;

// The first run from `from` on: digits that begin like a known format, at the start of the text, or
// behind a quotation mark or ";base64,".
std::optional<MediaRun> find_base64_media(std::string_view text, std::size_t from);

// Where a run that holds `at` ends. Of the URL-safe alphabet only what it shares with the other
// counts; escaped slashes and line breaks are part of it.
std::size_t end_of_base64_media(std::string_view text, std::size_t at);

}  // namespace nightshift
