// What is gathered for a write-ahead log is in the file when a commit has returned, and can be read
// before that by whoever wrote it.

#include "base/failure.hpp"
#include "storage/sqlite/db.hpp"
#include "tests/fakes/scratch.hpp"

#include <doctest/doctest.h>
#include <sqlite3.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>

using namespace nightshift;
using namespace nightshift::test;
namespace fs = std::filesystem;

namespace {

constexpr std::int64_t rows = 2'000;
constexpr std::int64_t row_bytes = 1'000;  // all together a dozen times what is gathered at once

struct Place {
    Place() : db(path(), SqliteDb::Mode::read_write) {
        db.run(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0");
        db.run("CREATE TABLE t (row INTEGER PRIMARY KEY, text TEXT)");
    }
    fs::path path() const { return folder.path() / "q.db"; }
    fs::path log() const { return path().string() + "-wal"; }
    void fill() {
        db.run("BEGIN");
        insert();
        db.run("COMMIT");
    }
    void insert() {
        Statement insert(db, "INSERT INTO t (text) VALUES (?)");
        const std::string text(row_bytes, 'x');
        for (std::int64_t i = 0; i < rows; ++i) insert.with(std::string_view(text)).execute();
    }
    static std::int64_t count(SqliteDb& db) {
        Statement read(db, "SELECT count(*) FROM t WHERE length(text) = ?");
        read.with(row_bytes);
        return read.step() ? read.integer(0) : -1;
    }
    // As after kill -9: the files as they are, and nothing of this process.
    std::int64_t count_in_copy() const {
        const ScratchFolder other;
        fs::copy_file(path(), other.path() / "q.db");
        fs::copy_file(log(), other.path() / "q.db-wal");
        SqliteDb copy(other.path() / "q.db", SqliteDb::Mode::read_write);
        return count(copy);
    }

    ScratchFolder folder;
    SqliteDb db;
};

// No file of this process may grow beyond `bytes`.
class FileLimit {
public:
    explicit FileLimit(rlim_t bytes) {
        handler_ = std::signal(SIGXFSZ, SIG_IGN);
        getrlimit(RLIMIT_FSIZE, &before_);
        const rlimit less{.rlim_cur = bytes, .rlim_max = before_.rlim_max};
        setrlimit(RLIMIT_FSIZE, &less);
    }
    ~FileLimit() {
        setrlimit(RLIMIT_FSIZE, &before_);
        std::signal(SIGXFSZ, handler_);
    }
    FileLimit(const FileLimit&) = delete;
    FileLimit& operator=(const FileLimit&) = delete;

private:
    rlimit before_{};
    void (*handler_)(int) = SIG_DFL;
};

}  // namespace

TEST_CASE("a transaction is in the log's file when its commit has returned") {
    Place place;
    place.db.run("BEGIN");
    place.insert();
    CHECK(place.count_in_copy() == 0);
    place.db.run("COMMIT");
    CHECK(place.count_in_copy() == rows);
    SqliteDb reader(place.path(), SqliteDb::Mode::read_only);
    CHECK(Place::count(reader) == rows);
}

TEST_CASE("a transaction larger than the cache reads what it has gathered") {
    Place place;
    place.db.run("PRAGMA cache_size = 10; BEGIN");
    place.insert();
    CHECK(Place::count(place.db) == rows);
    place.db.run("ROLLBACK");
    CHECK(Place::count(place.db) == 0);
    place.fill();
    place.db.run("PRAGMA wal_checkpoint(TRUNCATE)");
    CHECK(Place::count(place.db) == rows);
    CHECK(fs::file_size(place.log()) == 0);
}

TEST_CASE(
    "a transaction fails when what was gathered finds no room, and leaves the rows before it") {
    Place place;
    place.fill();
    {
        const FileLimit limit(fs::file_size(place.log()) + 200'000);
        CHECK_THROWS_AS(place.fill(), StorageError);
    }
    CHECK(place.count_in_copy() == rows);
    sqlite3_exec(place.db.handle(), "ROLLBACK", nullptr, nullptr, nullptr);  // if there is one
    CHECK(Place::count(place.db) == rows);
    place.fill();
    CHECK(place.count_in_copy() == 2 * rows);
}
