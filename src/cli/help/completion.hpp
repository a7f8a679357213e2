// Completion scripts, made from the option tree: commands, flags, the values that a flag takes,
// files and folders.

#pragma once

#include "cli/help/option_tree.hpp"

#include <string>
#include <vector>

namespace nightshift::cli {

std::string bash_completion(const OptionTree& tree);
std::string zsh_completion(const OptionTree& tree);
std::string fish_completion(const OptionTree& tree);

// What stands for itself in an option's value.
inline bool takes_file(const OptionEntry& entry) {
    return entry.value == "FILE" || entry.value == "PATH";
}
inline bool takes_folder(const OptionEntry& entry) {
    return entry.value == "DIR";
}

// An id of a task of the run directory before it: the shell asks `nightshift ls`.
inline bool takes_id(const OptionEntry& entry) {
    return entry.value == "ID";
}
// sed's: an id from a line of `ls --json`. Ids with quotes or backslashes are left out.
inline constexpr const char* id_from_line = R"sed(s/^{"schema":1,"id":"\([^"\\]*\)",.*/\1/p)sed";

// The words with a space between them.
std::string spaced(const std::vector<std::string>& words);
// The text with every one of `special` behind a backslash.
std::string escaped(const std::string& text, const std::string& special);
// Between single quotes, for any shell here: a quote inside becomes `quote`.
std::string quoted_with(const std::string& text, const std::string& quote);

}  // namespace nightshift::cli
