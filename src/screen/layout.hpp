// The lines of the block on a terminal of a given size. Pure.

#pragma once

#include "progress/snapshot.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace nightshift::screen {

struct TerminalSize {
    std::size_t columns = 80, rows = 24;
    bool operator==(const TerminalSize&) const = default;
};

enum class Tone { plain, strong, faint, warning, bad };

struct BlockLine {
    std::string text;
    Tone tone = Tone::plain;
};

// At most ten lines, fewer on a low terminal, one below 60 columns or 5 rows; each at least a
// column narrower than the terminal, so that none wraps. `title`: what runs, safe to print.
std::vector<BlockLine> block_lines(const View& view, const std::string& title, TerminalSize size);

}  // namespace nightshift::screen
