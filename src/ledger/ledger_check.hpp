// What stands in the ledger behind the part that the queue confirmed. A line is appended after
// its commit, so every whole line there is one that the queue has. One that it does not have tells
// of a queue that lost commits (its -wal file was removed, an old copy was put back): to go on
// would pay again for what is done.

#pragma once

#include "base/disk.hpp"
#include "storage/store.hpp"

#include <cstdint>
#include <filesystem>

namespace nightshift {

// From byte `from` on. Throws StorageError for a succeeded task's line that the queue knows nothing
// of after `seq`. Torn and foreign lines are none of its business.
void check_tail(DiskFile& ledger, std::uint64_t from, Store& store, std::int64_t seq);

// The same for all of a ledger that is about to be written anew from the queue.
void check_ledger(const std::filesystem::path& ledger, Store& store);

}  // namespace nightshift
