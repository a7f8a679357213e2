// What the terminal is, if there is one.

#pragma once

#include "screen/layout.hpp"

#include <string>

namespace nightshift::screen {

// A terminal that can move its cursor. 2: stderr.
bool is_smart_terminal(int fd = 2);
// 80 x 24 where it cannot be told.
TerminalSize terminal_size(int fd = 2);
// `wanted` is a --color word; auto: not where NO_COLOR is set (no-color.org: to anything but "").
bool wants_color(const std::string& wanted);

}  // namespace nightshift::screen
