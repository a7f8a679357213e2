// The commands that speak of the program itself: they get its option tree.

#pragma once

#include "cli/help/option_tree.hpp"
#include "cli/input/arguments.hpp"

namespace nightshift::cli {

// arguments.topic: the shell.
int completion_command(const Arguments& arguments, const OptionTree& tree);

// arguments.topic: a topic, or "man"; empty: lists what there is. Throws UsageError for others.
int help_command(const Arguments& arguments, const OptionTree& tree);

// The names that `help` takes beside those of commands.
const std::vector<std::string>& help_topics();

}  // namespace nightshift::cli
