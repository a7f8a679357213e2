// The SQLite that is loaded, which need not be the one that was built against.

#pragma once

#include <string>

namespace nightshift {

struct SqliteLibrary {
    std::string version;  // "3.40.1"
    int number = 0;       // 3040001
};

SqliteLibrary sqlite_library();

// Its settings for the whole process; whoever opens a database calls it before.
void prepare_sqlite();

}  // namespace nightshift
