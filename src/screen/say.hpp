// Talk of a run. Whoever listens may be gone (a closed pipe, a terminal that hung up, a full disk
// behind a redirection): that never ends a run and never changes its exit code.

#pragma once

#include <cstdio>
#include <string_view>

namespace nightshift::screen {

// Writes the text and hands it on at once. What cannot be written is lost.
void say(std::FILE* to, std::string_view text);

}  // namespace nightshift::screen
