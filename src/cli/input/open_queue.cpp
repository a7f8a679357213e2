#include "cli/input/open_queue.hpp"

#include "base/failure.hpp"
#include "base/input_file.hpp"
#include "cli/input/run_dir.hpp"
#include "storage/sqlite/queue_builder.hpp"

namespace nightshift::cli {

RunFolders require_run_folder(const std::string& dir) {
    std::error_code error;
    // A manifest stands for its own run directory.
    const bool is_manifest = std::filesystem::is_regular_file(dir, error);
    RunFolders folders{is_manifest ? default_dir({dir}, false).path : std::filesystem::path(dir)};
    require_regular(folders.queue());
    if (std::filesystem::exists(folders.queue(), error)) return folders;
    if (error) throw StorageError("open " + folders.queue().string() + ": " + error.message());
    const auto loader = RunLock::holder(folders.hidden() / "lock");
    if (!loader.empty()) {
        throw InUse(dir + " is still loading its manifest (" + loader + "); ask again in a moment");
    }
    if (std::filesystem::exists(NewQueue::making(folders.queue()), error)) {
        throw UsageError(dir +
                         " has no queue: a run crashed while loading its manifest; run the "
                         "manifest again");
    }
    throw UsageError(is_manifest ? dir + " has no run directory yet: " + folders.root.string() +
                                       " is not there"
                                 : dir + " is not a run directory (no .nightshift/queue.db)");
}

// A rollback journal that nobody is at: the queue was being made, or lies where it can keep no
// write-ahead log. Only a writer can roll it back.
void require_whole(const RunFolders& folders) {
    std::error_code error;
    const bool journal = std::filesystem::exists(folders.queue().string() + "-journal", error);
    if (!journal || !RunLock::holder(folders.hidden() / "lock").empty()) return;
    throw StorageError("a run crashed while writing the queue of " + folders.root.string() +
                       "; run its manifest again to repair it");
}

std::unique_ptr<SqliteStore> open_for_reading(const RunFolders& folders) {
    require_whole(folders);
    return std::make_unique<SqliteStore>(folders.queue(), SqliteDb::Mode::read_only);
}

}  // namespace nightshift::cli
