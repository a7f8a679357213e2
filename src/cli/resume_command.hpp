// The command that goes on with a run: what decides where it sends and what it may spend comes with
// it, for the run directory does not remember that.

#pragma once

#include "cli/arguments.hpp"

#include <string>

namespace nightshift::cli {

// For a shell. `dir`: the run directory.
std::string resume_command(const RunArguments& run, const std::string& dir);

}  // namespace nightshift::cli
