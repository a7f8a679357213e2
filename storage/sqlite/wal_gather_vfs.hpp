// SQLite's files with fewer system calls: what it writes to a write-ahead log piece by piece (for
// each page 24 bytes, then the page) is gathered and written at once. Nothing else changes.

#pragma once

namespace nightshift {

// The name of a VFS on top of the default one, for connections with `synchronous` FULL or EXTRA:
// these sync the log before they tell anybody of a commit, and a sync writes what was gathered.
// Errors of that write are those of the sync. Throws StorageError when it cannot be registered.
const char* gathering_vfs();

}  // namespace nightshift
