// What only a going run knows and `status` shows beside it: DIR/.nightshift/live.json, written
// whole every two seconds. Losing it loses nothing.

#pragma once

#include "cli/status_overview.hpp"
#include "engine/progress.hpp"

#include <string>
#include <vector>

namespace nightshift::cli {

std::string live_json(const RunStatus& status);
// Nothing when it is absent or cannot be read.
std::vector<LaneWait> read_live_waits(const RunFolders& folders);

// Aside and renamed, so that a reader never sees half of it. False when it could not be written.
bool write_whole(const std::filesystem::path& path, const std::string& text);

}  // namespace nightshift::cli
