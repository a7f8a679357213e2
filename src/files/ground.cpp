#include "files/ground.hpp"

#include <sys/stat.h>

namespace nightshift {

Ground::Ground(const RunFolders& folders) {
    watched_.push_back({.path = folders.root, .may_be_a_link = true});
    for (const auto& path :
         {folders.hidden(), folders.hidden() / "lock", folders.queue(), folders.ledger()}) {
        watched_.push_back({.path = path});
    }
    for (auto& each : watched_) {
        each.is_there = look(each, each);
        if (!each.is_there) throw StorageError(each.path.string() + ": not there");
    }
    watched_.push_back({.path = folders.queue().string() + "-wal"});
    check();
}

bool Ground::look(const Watched& watched, Watched& now) {
    struct stat facts {};
    const auto& path = watched.path;
    const int result =
        watched.may_be_a_link ? ::stat(path.c_str(), &facts) : ::lstat(path.c_str(), &facts);
    if (result != 0) return false;
    now.device = facts.st_dev;
    now.inode = facts.st_ino;
    return true;
}

void Ground::check() {
    for (auto& each : watched_) {
        Watched now;
        const bool is_there = look(each, now);
        if (!each.is_there && is_there) {
            each.is_there = true;
            each.device = now.device;
            each.inode = now.inode;
        }
        if (is_there == each.is_there && now.device == each.device && now.inode == each.inode) {
            continue;
        }
        throw StorageError(each.path.string() + (is_there ? " was replaced" : " was removed") +
                           " while the run used it; nothing more is sent. Put it back, then run "
                           "the same command");
    }
}

}  // namespace nightshift
