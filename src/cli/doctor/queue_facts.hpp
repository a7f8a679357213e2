// What the queue of a run directory says.

#pragma once

#include "cli/doctor/checks.hpp"

#include <filesystem>
#include <vector>

namespace nightshift::cli {

struct QueueLook {
    QueueFacts facts;
    std::vector<LaneUse> lanes;  // that have tasks to be sent
};

// Reads only; works beside a run. `dir` has a queue.
QueueLook look_at_queue(const std::filesystem::path& dir);

}  // namespace nightshift::cli
