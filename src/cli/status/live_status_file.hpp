// What only a going run knows and `status` shows beside it: DIR/.nightshift/live.json, written
// whole every two seconds. Losing it loses nothing.

#pragma once

#include "cli/status/status_overview.hpp"
#include "engine/run/progress.hpp"

#include <string>
#include <vector>

namespace nightshift::cli {

std::string live_json(const RunStatus& status);
// Nothing when it is absent or cannot be read.
std::vector<LaneWait> read_live_waits(const RunFolders& folders);

}  // namespace nightshift::cli
