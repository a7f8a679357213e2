// Holds a run directory against its queue: the files that ledger lines name, files that none
// names, and ledger.jsonl line for line.

#pragma once

#include "files/artifact_file.hpp"
#include "storage/store.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace nightshift {

struct Flaw {
    enum class Kind {
        file_missing,
        file_short,
        file_changed,    // other bytes, longer, or no regular file
        file_orphan,     // in outputs/, and no ledger line names it
        ledger_short,    // lines at its end are missing or torn
        ledger_changed,  // a line is not the queue's
        ledger_long,     // there is more than the queue's lines
    } kind = Kind::file_missing;
    std::string path;       // relative to the run directory
    std::string id;         // of the task, for files that a line names
    std::string remote_id;  // with one, the gateway can be asked for the file again
    std::int64_t line = 0;  // of ledger.jsonl, 1-based, for ledger_*
    std::string what;       // "4096 of 9000 bytes are there"
};

std::string_view name_of(Flaw::Kind kind);
inline bool is_of_ledger(Flaw::Kind kind) {
    return kind >= Flaw::Kind::ledger_short;
}

// A file that a line names and that is whole under another name in outputs/.
struct Renamed {
    std::string id, path, now;  // paths relative to the run directory
};

struct Verified {
    std::int64_t files = 0;  // named by the latest line of each task
    std::uint64_t bytes = 0;
    std::int64_t ledger_lines = 0;  // in the queue
    std::vector<Flaw> problems;     // files by path, then the ledger
    std::vector<Renamed> renamed;   // no problem: nothing is lost
};

// Reads every named file whole. Throws StorageError when the disk or the queue refuses.
Verified verify(const RunFolders& folders, Store& store);

// Writes ledger.jsonl anew from the queue: aside, fsynced, renamed; then its confirmed length.
// For the holder of the run lock. Throws StorageError; a crash leaves the old file or the new one.
void rewrite_ledger(const RunFolders& folders, Store& store);

}  // namespace nightshift
