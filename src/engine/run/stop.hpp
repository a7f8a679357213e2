// Why a run ends before its work is done.

#pragma once

#include <exception>
#include <string>

namespace nightshift {

enum class StopCause {
    none,
    credentials,    // exit 4
    quota,          // exit 6: quota, balance, --budget, --max-duration; polls and fetches go on
    misconfigured,  // exit 5
    interrupted,    // exit 130
    terminated,     // exit 143
    storage,        // exit 7
    in_use,         // exit 8: another process holds the queue
    fail_fast,      // exit 1
};

// A bound that the user set: raised, the run continues.
enum class RunBound { none, budget, duration };

struct Stop {
    StopCause cause = StopCause::none;
    std::string message;
};

// Leaves a job's coroutine when the run stops: its row stays as it is.
class Stopped : public std::exception {
public:
    const char* what() const noexcept override { return "the run stops"; }
};

}  // namespace nightshift
