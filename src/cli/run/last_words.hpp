// An end for lack of memory, threads or descriptors: exit 7 with one line, wherever it shows.

#pragma once

#include <exception>

namespace nightshift::cli {

inline constexpr const char* lack_words =
    "no memory, thread or file descriptor is left here: raise `ulimit -v`, -u or -n; the same "
    "command resumes";

bool is_lack(const std::exception& error);

// From here on such an end is one, too, where an exception finds no handler, as in a thread.
void prepare_for_lack();

}  // namespace nightshift::cli
