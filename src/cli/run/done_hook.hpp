// --on-done CMD: a command that runs after the summary, with what a run came to in its environment.

#pragma once

#include "screen/screen.hpp"

#include <map>
#include <string>

namespace nightshift::cli {

// NIGHTSHIFT_DONE_DIR, _EXIT_CODE, _SECONDS, _COST, and one for each state.
std::map<std::string, std::string> done_environment(const screen::Summary& summary);

// Runs it with `sh -c` and waits. It gets this process's environment without the API key; what it
// prints goes to stderr. Says when it failed; that changes nothing else.
void run_done_hook(const std::string& command, const screen::Summary& summary);

}  // namespace nightshift::cli
