// The queue of a run directory for the commands that look at it or change it.

#pragma once

#include "base/run_lock.hpp"
#include "files/artifact_file.hpp"
#include "storage/sqlite/store.hpp"

#include <memory>
#include <string>

namespace nightshift::cli {

// `dir` may be a manifest: then its default run directory is meant. Throws UsageError when that is
// not one, and InUse when it is to become one: the
// manifest is still being loaded.
RunFolders require_run_folder(const std::string& dir);

// Throws StorageError when a run died in a way that only a run can mend.
void require_whole(const RunFolders& folders);

// Read-only; works beside a run. Throws StorageError.
std::unique_ptr<SqliteStore> open_for_reading(const RunFolders& folders);

}  // namespace nightshift::cli
