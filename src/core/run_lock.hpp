// One runner per run directory: an flock that the kernel drops with the process, however it ends.

#pragma once

#include "core/failure.hpp"

#include <filesystem>
#include <string>

namespace nightshift {

// Another process has the run directory, or its queue (exit 8). The text names it.
class InUse : public StorageError {
public:
    using StorageError::StorageError;
};

class RunLock {
public:
    // Takes `path` and writes pid, host and start time into it. Throws InUse or StorageError.
    explicit RunLock(const std::filesystem::path& path);
    ~RunLock();
    RunLock(const RunLock&) = delete;
    RunLock& operator=(const RunLock&) = delete;

    // Who holds it ("pid 4121 on host a since ..."), or "" when nobody does.
    static std::string holder(const std::filesystem::path& path);

private:
    int fd_ = -1;
};

}  // namespace nightshift
