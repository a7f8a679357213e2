#include "storage/sqlite/sqlite_db.hpp"

#include "base/failure.hpp"
#include "base/input_file.hpp"
#include "storage/sqlite/sqlite_failure.hpp"
#include "storage/sqlite/sqlite_library.hpp"
#include "storage/sqlite/wal_gather_vfs.hpp"

#include <sqlite3.h>

#include <fcntl.h>
#include <unistd.h>

namespace nightshift {

SqliteDb::SqliteDb(const std::filesystem::path& path, Mode mode, const std::string& vfs)
    : path_(path.string()) {
    prepare_sqlite();
    if (vfs.empty()) require_regular(path);
    // SQLite would make it as readable as the umask allows; its -wal and -shm take over the mode.
    if (mode == Mode::read_write && vfs.empty() && path_ != ":memory:") {
        close(open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    }
    const int flags =
        mode == Mode::read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    const char* files = vfs.empty() ? gathering_vfs() : vfs.c_str();
    if (sqlite3_open_v2(path_.c_str(), &db_, flags | SQLITE_OPEN_NOMUTEX, files) != SQLITE_OK) {
        const std::string cause = db_ != nullptr ? sqlite3_errmsg(db_) : "out of memory";
        sqlite3_close(db_);
        throw StorageError("open " + path_ + ": " + cause);
    }
    sqlite3_extended_result_codes(db_, 1);
    sqlite3_busy_timeout(db_, 10'000);
}

SqliteDb::~SqliteDb() {
    sqlite3_close_v2(db_);
}

void SqliteDb::run(const std::string& sql) {
    if (sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) fail("run");
}

std::int64_t SqliteDb::changes() const {
    return sqlite3_changes64(db_);
}

std::int64_t SqliteDb::last_row() const {
    return sqlite3_last_insert_rowid(db_);
}

void SqliteDb::end_reads() {
    for (auto* each = sqlite3_next_stmt(db_, nullptr); each != nullptr;
         each = sqlite3_next_stmt(db_, each)) {
        if (sqlite3_stmt_busy(each) != 0) sqlite3_reset(each);
    }
}

void SqliteDb::fail(std::string_view operation) const {
    throw_sqlite_failure({operation, path_, sqlite3_errmsg(db_), sqlite3_extended_errcode(db_)});
}

Statement::Statement(SqliteDb& db, std::string_view sql) : db_(db) {
    const int size = static_cast<int>(sql.size());
    if (sqlite3_prepare_v3(db.handle(), sql.data(), size, SQLITE_PREPARE_PERSISTENT, &statement_,
                           nullptr) != SQLITE_OK) {
        db.fail("prepare");
    }
}

Statement::~Statement() {
    sqlite3_finalize(statement_);
}

bool Statement::step() {
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    if (code != SQLITE_DONE) {
        // The message must be taken before the reset wipes it.
        try {
            db_.fail("write");
        } catch (...) {
            sqlite3_reset(statement_);
            throw;
        }
    }
    sqlite3_reset(statement_);
    return false;
}

void Statement::execute() {
    while (step()) {
    }
}

std::int64_t Statement::integer(int column) const {
    return sqlite3_column_int64(statement_, column);
}

double Statement::real(int column) const {
    return sqlite3_column_double(statement_, column);
}

std::string_view Statement::text(int column) const {
    const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
    if (bytes == nullptr) return {};
    return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

void Statement::reset() {
    sqlite3_reset(statement_);
}

void Statement::bind(int index, std::int64_t value) {
    if (sqlite3_bind_int64(statement_, index, value) != SQLITE_OK) db_.fail("bind");
}

void Statement::bind(int index, double value) {
    if (sqlite3_bind_double(statement_, index, value) != SQLITE_OK) db_.fail("bind");
}

void Statement::bind(int index, std::string_view value) {
    const char* bytes = value.data() != nullptr ? value.data() : "";
    if (sqlite3_bind_text64(statement_, index, bytes, value.size(), SQLITE_STATIC, SQLITE_UTF8) !=
        SQLITE_OK) {
        db_.fail("bind");
    }
}

}  // namespace nightshift
