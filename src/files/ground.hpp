// The files that a run stands on, as they were when it began: DIR, its hidden folder, lock, queue
// and ledger. Once one of them is removed or replaced, everything written lands where no later
// start will look, and every request would be paid for nothing.

#pragma once

#include "files/artifact_file.hpp"

#include <cstdint>
#include <filesystem>
#include <vector>

namespace nightshift {

class Ground {
public:
    // To be made when all of them are there. Throws StorageError.
    explicit Ground(const RunFolders& folders);

    // Throws StorageError, naming the file, once one is not the one it was. Costs a few
    // microseconds. To be called by one thread only.
    void check();

private:
    struct Watched {
        std::filesystem::path path;
        bool may_be_a_link = false;  // DIR itself: it is the user's
        bool is_there = false;       // SQLite makes its log with the first write
        std::uint64_t device = 0, inode = 0;
    };
    static bool look(const Watched& watched, Watched& now);

    std::vector<Watched> watched_;
};

}  // namespace nightshift
