// The command that continues a run: where it sends, what it may spend and how it goes about it come
// along. What the run directory remembers (its configuration) need not be said.

#pragma once

#include "cli/input/arguments.hpp"
#include "engine/run/options.hpp"

#include <string>

namespace nightshift::cli {

// For a shell. `dir`: the run directory. A run that stopped at its budget gets the word AMOUNT in
// its place, which has to be filled in: the same budget would stop it again.
std::string resume_command(const RunArguments& run, const std::string& dir,
                           RunBound stopped_by = RunBound::none);

}  // namespace nightshift::cli
