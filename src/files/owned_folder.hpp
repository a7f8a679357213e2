// The run directory of a command that runs it or changes its queue: made where it is missing, the
// caller's own, and locked. Only what this process made itself is ever removed again, by name, and
// while the lock is held.

#pragma once

#include "base/run_lock.hpp"
#include "files/artifact_file.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace nightshift {

// DIR as the system will read it: where it has a "..", that is worked out first, so that
// "new/../data" is "data" before anything is made. Otherwise as given.
std::filesystem::path resolved_dir(const std::filesystem::path& dir);

// Throws UsageError when DIR, its hidden folder or its queue belongs to another user: what it says
// is not to be trusted with a key. Root may use it; then the text warns. Nothing there: fine.
std::string owner_warning(const RunFolders& folders);

class OwnedFolder {
public:
    // Takes the lock of a folder that is there; with `make`, makes what is missing first. Throws
    // InUse, UsageError (another user's), StorageError.
    OwnedFolder(const RunFolders& folders, bool make);
    // Removes the folders that this process made, if they are empty but for its lock: unless kept.
    ~OwnedFolder();
    OwnedFolder(const OwnedFolder&) = delete;
    OwnedFolder& operator=(const OwnedFolder&) = delete;

    void keep() { made_.clear(); }
    const std::string& warning() const { return warning_; }  // "" or what to tell the user

private:
    void make_missing();

    RunFolders folders_;
    std::string warning_;
    std::vector<std::filesystem::path> made_;  // in this order
    std::optional<RunLock> lock_;
};

}  // namespace nightshift
