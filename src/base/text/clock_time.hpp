// A time of day for screens.

#pragma once

#include <cstdint>
#include <string>

namespace nightshift {

// "21:04" by the clock of this place; "22 Nov 21:04" when that is more than 18 hours off `now_ms`
// (0: never). Unix milliseconds.
std::string clock_time(std::int64_t unix_ms, std::int64_t now_ms = 0);

}  // namespace nightshift
