// Queues that an older nightshift made: brought up to date for whoever writes, read as they are by
// whoever only looks. `PRAGMA user_version` says which version a queue has; 0 is an empty file.

#pragma once

#include "storage/sqlite/db.hpp"

#include <cstdint>

namespace nightshift {

std::int64_t schema_version_of(SqliteDb& db);

// Makes the tables, or changes older ones to the present version, in one transaction: a crash
// leaves the old queue or the present one. To be called before anything is read: the commit also
// makes durable what is there. A process that is killed within a commit can leave it where every
// reader sees it, though nothing synced it; what is built on it (a ledger line, a reply thrown
// away) would outlast a power cut, and it would not. `is_made_for_loading`: one without tables gets
// no `sqlite_work_indexes` yet.
void bring_up_to_date(SqliteDb& db, bool is_made_for_loading = false);

// A view or a trigger that we did not make could keep a reader busy without end, or change what is
// written: throws StorageError.
void refuse_foreign_views(SqliteDb& db);

// Lets this connection read a queue of an older version: what it lacks reads as its default.
void read_as_present(SqliteDb& db, std::int64_t version);

}  // namespace nightshift
