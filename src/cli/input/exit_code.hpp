// Exit codes (contract section 2): small numbers that scripts rely on.

#pragma once

#include "engine/run/options.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace nightshift::cli {

enum ExitCode : int {
    exit_ok = 0,
    exit_failed_tasks = 1,
    exit_problems = 1,  // of verify
    exit_usage = 2,
    exit_held_tasks = 3,
    exit_credentials = 4,
    exit_misconfigured = 5,
    exit_quota = 6,
    exit_storage = 7,
    exit_in_use = 8,
    exit_bug = 9,
    exit_interrupted = 130,
    exit_terminated = 143,
};

// Of a run that ended in order: its stop, else what became of the selected tasks. `paused`: a lane
// was paused after many equal errors, its other tasks are pending.
ExitCode exit_code_of(const Stop& stop, std::int64_t failed, std::int64_t held, bool paused);

// Every code that a command may end with, and what it says; ascending.
struct ExitMeaning {
    int code;
    std::string_view meaning;
};
const std::vector<ExitMeaning>& exit_code_table();

}  // namespace nightshift::cli
