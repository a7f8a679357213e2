// Why a command with --json did nothing, as the object that a program waits for on stdout.

#pragma once

#include "manifest/problem.hpp"

#include <string>
#include <vector>

namespace nightshift::cli {

// {"type": "error", "schema": 1, "exit_code", "message", "problems": [...]} on one line.
std::string error_json(int exit_code, const std::string& message,
                       const std::vector<Problem>& problems);

}  // namespace nightshift::cli
