#include "storage/sqlite/sqlite_check.hpp"

#include "base/failure.hpp"
#include "storage/sqlite/sqlite_db.hpp"

namespace nightshift {

void quick_check(const std::filesystem::path& queue) {
    SqliteDb db(queue, SqliteDb::Mode::read_only);
    Statement check(db, "PRAGMA quick_check(3)");
    std::string damage;
    while (check.step()) {
        if (check.text(0) == "ok") return;
        damage += (damage.empty() ? "" : ", ") + std::string(check.text(0));
    }
    throw StorageError("check " + queue.string() + ": damaged (" + damage +
                       "); ledger.jsonl and outputs/ do not depend on it: keep them, and put a "
                       "copy of the folder in its place if there is one");
}

}  // namespace nightshift
