#include "storage/sqlite_library.hpp"

#include <sqlite3.h>

namespace nightshift {

SqliteLibrary sqlite_library() {
    return {.version = sqlite3_libversion(), .number = sqlite3_libversion_number()};
}

}  // namespace nightshift
