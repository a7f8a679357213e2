// Durations as people write them.

#pragma once

#include <optional>
#include <string_view>

namespace nightshift {

// Seconds: a plain number, or numbers with the units ms, s, m, h, d, largest first: "90", "30m",
// "1h30m", "1.5h", "8 h". Nothing when it is not that, or negative, or not finite.
std::optional<double> seconds_in(std::string_view text);

}  // namespace nightshift
