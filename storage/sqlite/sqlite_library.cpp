#include "storage/sqlite/sqlite_library.hpp"

#include <sqlite3.h>

namespace nightshift {

SqliteLibrary sqlite_library() {
    return {.version = sqlite3_libversion(), .number = sqlite3_libversion_number()};
}

// No statistics of memory: they cost a mutex at each allocation
// (https://www.sqlite.org/c3ref/c_config_covering_index_scan.html, SQLITE_CONFIG_MEMSTATUS).
void prepare_sqlite() {
    static const int done = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    (void)done;  // too late, when somebody else has begun to use it: then they are kept
}

}  // namespace nightshift
