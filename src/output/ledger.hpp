// ledger.jsonl: a projection of the queue, one line per terminal task, in order of finishing.
// The queue is the truth. After a crash the file is cut to what was known to be on disk and the
// rest is appended again, so each line is there exactly once.

#pragma once

#include "output/artifact_file.hpp"
#include "storage/store.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace nightshift {

class Ledger {
public:
    // Opens, cuts a torn or unconfirmed tail, appends what is missing. Throws StorageError.
    Ledger(const RunFolders& folders, Store& store);
    // Appends lines that the store has committed, in one write.
    void append(const std::vector<Store::LedgerLine>& lines);
    // fsync, then the confirmed length into the store. Nothing to do: no write.
    void sync();

private:
    void cut_to_confirmed();
    void append_missing();

    Store& store_;
    std::unique_ptr<DiskFile> file_;
    std::int64_t seq_ = 0;  // last line in the file
    std::uint64_t bytes_ = 0;
    std::int64_t synced_seq_ = 0;
    bool broken_ = false;  // a line may be missing: nothing goes behind it, the next start mends it
};

}  // namespace nightshift
