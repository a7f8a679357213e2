// One runner per run directory. Two locks, both dropped by the kernel with the process, however it
// ends: an flock on the hidden folder itself, which holds though somebody deletes the lock file,
// and locks on the file `lock` in it, which says who the holder is.

#pragma once

#include "base/failure.hpp"

#include <filesystem>
#include <string>

namespace nightshift {

// Another process has the run directory, or its queue (exit 8). The text names it.
class InUse : public StorageError {
public:
    using StorageError::StorageError;
};

// The folder was removed or replaced while it was being locked: whoever made it may make it again.
class FolderGone : public StorageError {
public:
    using StorageError::StorageError;
};

class RunLock {
public:
    // Takes `path`, whose folder must be there, and writes pid, host and start time into it. A file
    // of that name that is not a lock file of ours is left as it is. Throws InUse, FolderGone or
    // StorageError.
    explicit RunLock(std::filesystem::path path);
    ~RunLock();
    RunLock(const RunLock&) = delete;
    RunLock& operator=(const RunLock&) = delete;

    // Removes the lock file: the folder goes, too. Still held until the destructor.
    void remove() noexcept;

    // Who holds it ("pid 4121 on host a since ..."), or "" when no process does. Takes no lock, so
    // that looking never makes a run fail.
    static std::string holder(const std::filesystem::path& path);

private:
    bool take();
    void refuse_holder() const;
    void release() noexcept;

    std::filesystem::path path_;
    int folder_ = -1, file_ = -1;
};

}  // namespace nightshift
