// `run --append` while a process runs there: it is handed the manifests.

#pragma once

#include "cli/input/arguments.hpp"
#include "cli/load/load_manifests.hpp"
#include "files/artifact_file.hpp"

namespace nightshift::cli {

// What it loaded, durably. Prints its problems and warnings. Throws UsageError when it took nothing
// because of them, InUse when it takes no more.
Loaded append_beside(const RunFolders& folders, const RunArguments& run, const Settings& settings);

}  // namespace nightshift::cli
