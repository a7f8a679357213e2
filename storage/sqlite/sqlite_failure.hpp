// From SQLite's result codes to what the user is told.

#pragma once

#include <string>
#include <string_view>

namespace nightshift {

struct SqliteFailure {
    std::string_view operation;
    const std::string& path;
    std::string_view words;  // SQLite's own
    int code;                // extended
};

// Throws InUse when another process has the database locked (it is named if it can be found),
// StorageError otherwise; a damaged database comes with advice.
[[noreturn]] void throw_sqlite_failure(const SqliteFailure& failure);

// "pid 4121 (sqlite3)": who holds a lock for writing on the database or its shared memory, other
// than ourselves, from /proc/locks; or "another process".
std::string lock_holder(const std::string& path);

}  // namespace nightshift
