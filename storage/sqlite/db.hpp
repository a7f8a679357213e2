// SQLite by RAII: a connection, a prepared statement, nothing else. Every failure is a
// StorageError that names the file, the operation and SQLite's own words.

#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace nightshift {

class SqliteDb {
public:
    enum class Mode { read_write, read_only };
    // `vfs`: the name of a registered sqlite3_vfs; empty: the operating system's files.
    SqliteDb(const std::filesystem::path& path, Mode mode, const std::string& vfs = {});
    ~SqliteDb();
    SqliteDb(const SqliteDb&) = delete;
    SqliteDb& operator=(const SqliteDb&) = delete;

    void run(const std::string& sql);  // one or more statements without results
    std::int64_t changes() const;      // rows of the last INSERT, UPDATE or DELETE
    std::int64_t last_row() const;
    // Ends every read that was not stepped to its end. An open one keeps its snapshot, and SQLite
    // waits for no lock while it is there: a BEGIN IMMEDIATE would be refused at once.
    void end_reads();
    [[noreturn]] void fail(std::string_view operation) const;
    sqlite3* handle() const { return db_; }

private:
    std::string path_;
    sqlite3* db_ = nullptr;
};

// A prepared statement, used again and again: bind in order, step, reset by itself.
class Statement {
public:
    Statement(SqliteDb& db, std::string_view sql);
    ~Statement();
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;

    // Binds 1, 2, ... in order. Text and blobs are borrowed until the next step or reset.
    template <class... Values>
    Statement& with(const Values&... values) {
        reset();
        int index = 0;
        (bind(++index, values), ...);
        return *this;
    }
    bool step();     // true: a row is there. On the last one the statement is reset
    void execute();  // step to the end
    std::int64_t integer(int column) const;
    double real(int column) const;
    std::string_view text(int column) const;  // valid until the next step

private:
    void reset();
    void bind(int index, std::int64_t value);
    void bind(int index, int value) { bind(index, std::int64_t{value}); }
    void bind(int index, bool value) { bind(index, std::int64_t{value}); }
    void bind(int index, double value);
    void bind(int index, std::string_view value);
    void bind(int index, const char* value) { bind(index, std::string_view(value)); }  // no bool
    void bind(int index, const std::string& value) { bind(index, std::string_view(value)); }

    SqliteDb& db_;
    sqlite3_stmt* statement_ = nullptr;
};

// PRAGMA quick_check on a connection of its own, read-only. Throws StorageError with what is
// damaged and what is left to do; about a second for a million tasks.
void quick_check(const std::filesystem::path& queue);

// The SQLite that is loaded, which need not be the one that was built against.
struct SqliteLibrary {
    std::string version;  // "3.40.1"
    int number = 0;       // 3040001
};

SqliteLibrary sqlite_library();

// Its settings for the whole process; whoever opens a database calls it before.
void prepare_sqlite();

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
