#include "cli/open_queue.hpp"

#include "core/failure.hpp"

namespace nightshift::cli {

RunFolders require_run_folder(const std::string& dir) {
    RunFolders folders{dir};
    std::error_code error;
    if (!std::filesystem::exists(folders.queue(), error)) {
        throw UsageError(dir + " is no run directory (it has no .nightshift/queue.db)");
    }
    return folders;
}

// In use, the queue keeps a write-ahead log; a rollback journal is there only while it is made.
void require_made(const RunFolders& folders) {
    std::error_code error;
    if (std::filesystem::exists(folders.queue().string() + "-journal", error)) {
        throw StorageError("the run that was making the queue of " + folders.root.string() +
                           " has not got further: run its manifest again");
    }
}

std::unique_ptr<SqliteStore> open_for_reading(const RunFolders& folders) {
    require_made(folders);
    return std::make_unique<SqliteStore>(folders.queue(), SqliteDb::Mode::read_only);
}

}  // namespace nightshift::cli
