// A line's `expect`: the text must parse as JSON, and validate when a schema is given.

#pragma once

#include "jobs/protocol/job.hpp"

namespace nightshift {

// Throws Failed{invalid_output} when the task expects something else than the outcome.
void check_expectation(const Task& task, const Outcome& outcome);

}  // namespace nightshift
