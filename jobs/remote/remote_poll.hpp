// Polling a video task to its end (wire contract 8.7).

#pragma once

#include "jobs/protocol/job.hpp"
#include "jobs/remote/task_report.hpp"

#include <string>
#include <vector>

namespace nightshift::jobs {

// Where the gateway keeps a task: what is polled, and its own copy of the video.
struct Place {
    std::string path;
    std::string copy;
};

// A finished task: where its video lies and what its last poll said.
struct Finished {
    RemoteReport report;
    std::string reply;
    Place place;  // of those that were asked, the one where it is
};

// Asks until the task is done; without links when its replies stay too large to be read. Of
// several `places` (a submit that named two ids) the first is asked, and whenever it does not know
// the task the next one. Troubles and unknown words mean "ask again"; the bound is the task's
// deadline, in Attempt::wait_for_next_poll, and its message then tells the last word. Throws
// task_failed, task_cancelled, and task_lost after limits::lost_sightings spread over four poll
// intervals (contract 6.7) at every place. `garbage_polls` counts, for the whole task, the polls
// that had words in the link's place: after limits::empty_result_polls of them the task is done.
Async<Finished> finished(std::vector<Place> places, bool wait_first, int& garbage_polls,
                         Attempt& attempt);

}  // namespace nightshift::jobs
