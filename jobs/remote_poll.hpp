// Polling a video task to its end (wire contract 8.7).

#pragma once

#include "jobs/job.hpp"
#include "jobs/remote_report.hpp"

#include <string>

namespace nightshift::jobs {

// A finished task: where its video lies and what its last poll said.
struct Finished {
    RemoteReport report;
    std::string reply;
};

// Asks `path` until the task is done; a Finished without a link when its replies stay too large to
// be read. Troubles and unknown words mean "ask again"; the bound is
// the task's deadline, in Attempt::wait_for_next_poll. Throws task_failed, task_cancelled, and
// task_lost after limits::lost_sightings spread over four poll intervals (contract 6.7).
Async<Finished> finished(std::string path, bool wait_first, Attempt& attempt);

}  // namespace nightshift::jobs
