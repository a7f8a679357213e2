// A short film drawn by code: a sky that changes colour, a sun, hills and balls that fly across.
#pragma once

#include <cstdint>
#include <string>

namespace nightshift::sandbox {

struct Film {
    std::uint64_t roll = 0;
    int width = 1280;  // even, 64..4096
    int height = 720;
    int seconds = 5;  // 1..60
    bool sound = false;
};

// An MP4 file; the same film gives the same bytes.
std::string film_file(const Film& film);

}  // namespace nightshift::sandbox
