// ledger.jsonl: a projection of the queue, one line per terminal task, in order of finishing.
// The queue is the truth. After a crash the file is cut to what was known to be on disk and the
// rest is appended again, so each line is there exactly once.

#pragma once

#include "files/artifact_file.hpp"
#include "storage/store.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace nightshift {

class Ledger {
public:
    // Opens, cuts a torn or unconfirmed tail, appends what is missing. Throws StorageError, and
    // UsageError for a file that this queue never wrote: that is left as it is. A file that is not
    // there is made with `mode`; an old one keeps its own.
    Ledger(const RunFolders& folders, Store& store, unsigned mode = owner_only_mode);
    // Appends lines that the store has committed, in one write.
    void append(const std::vector<Store::LedgerLine>& lines);
    // fsync, then the confirmed length into the store. Nothing to do: no write.
    void sync();

    static constexpr unsigned owner_only_mode = 0600;

private:
    void require_own() const;
    void cut_to_confirmed();
    void append_missing();

    Store& store_;
    std::filesystem::path path_;
    std::unique_ptr<DiskFile> file_;
    std::int64_t seq_ = 0;  // last line in the file
    std::uint64_t bytes_ = 0;
    std::int64_t synced_seq_ = 0;
    bool behind_ = false;  // a write failed: lines are missing at the end
};

}  // namespace nightshift
