// SQLite on a Disk: a virtual file system (sqlite.org/vfs.html) for one process and one connection
// at a time, so locks always succeed and the WAL's shared memory is plain memory.

#pragma once

#include "base/disk.hpp"

#include <memory>
#include <string>

namespace nightshift::test {

class DiskVfs {
public:
    // Registers it under a name of its own; unregistered by the destructor, after the last
    // connection was closed. Borrows the disk.
    explicit DiskVfs(Disk& disk);
    ~DiskVfs();
    DiskVfs(const DiskVfs&) = delete;
    DiskVfs& operator=(const DiskVfs&) = delete;
    const std::string& name() const;

private:
    struct Registered;
    std::unique_ptr<Registered> registered_;
};

}  // namespace nightshift::test
