// The SQLite that is loaded, which need not be the one that was built against.

#pragma once

#include <string>

namespace nightshift {

struct SqliteLibrary {
    std::string version;  // "3.40.1"
    int number = 0;       // 3040001
};

SqliteLibrary sqlite_library();

}  // namespace nightshift
