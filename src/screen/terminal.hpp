// What the terminal is, if there is one.

#pragma once

#include "screen/layout.hpp"

#include <cstdio>
#include <string>
#include <string_view>

namespace nightshift::screen {

// A terminal that can move its cursor. 2: stderr.
bool is_smart_terminal(int fd = 2);
// 80 x 24 where it cannot be told.
TerminalSize terminal_size(int fd = 2);
// `wanted` is a --color word; auto: not where NO_COLOR is set (no-color.org: to anything but "").
bool wants_color(const std::string& wanted);

// Talk of a run. Whoever listens may be gone (a closed pipe, a terminal that hung up, a full disk
// behind a redirection): that never ends a run and never changes its exit code.

// Writes the text and hands it on at once. What cannot be written is lost.
void say(std::FILE* to, std::string_view text);

}  // namespace nightshift::screen
