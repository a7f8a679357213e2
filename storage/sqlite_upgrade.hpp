// Queues that an older nightshift made: brought up to date for whoever writes, read as they are by
// whoever only looks. `PRAGMA user_version` says which version a queue has; 0 is an empty file.

#pragma once

#include "storage/sqlite_db.hpp"

#include <cstdint>

namespace nightshift {

std::int64_t schema_version_of(SqliteDb& db);

// Makes the tables or changes them to the present version, in one transaction: a crash leaves the
// old queue or the present one.
void make_or_upgrade(SqliteDb& db);

// Lets this connection read a queue of an older version: what it lacks reads as its default.
void read_as_present(SqliteDb& db, std::int64_t version);

}  // namespace nightshift
