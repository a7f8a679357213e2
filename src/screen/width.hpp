// Columns of a terminal: characters of CJK scripts take two, combining marks none.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace nightshift::screen {

std::size_t display_width(std::string_view text);
// The text, or as much of it as fits with "..." behind it.
std::string cut_to_width(std::string_view text, std::size_t columns);
// ... with "..." in its middle, where what stands at the end matters.
std::string cut_in_middle(std::string_view text, std::size_t columns);
// Filled up with spaces to so many columns; left as it is when it is wider.
std::string padded(std::string_view text, std::size_t columns);
std::string right_aligned(std::string_view text, std::size_t columns);

}  // namespace nightshift::screen
