// A word of a command that people copy into their shell.

#pragma once

#include <string>
#include <string_view>

namespace nightshift {

// As it is when no shell would change it, else between single quotes; safe to print.
std::string shell_word(std::string_view text);

}  // namespace nightshift
