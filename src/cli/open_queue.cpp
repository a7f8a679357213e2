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

std::unique_ptr<SqliteStore> open_for_reading(const RunFolders& folders) {
    return std::make_unique<SqliteStore>(folders.queue(), SqliteDb::Mode::read_only);
}

}  // namespace nightshift::cli
