#include "storage/sqlite/db.hpp"

#include "base/failure.hpp"
#include "base/input_file.hpp"
#include "base/run_lock.hpp"
#include "base/text/terminal_text.hpp"
#include "storage/sqlite/wal_gather_vfs.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <fcntl.h>
#include <fstream>
#include <set>
#include <sstream>
#include <sys/stat.h>
#include <unistd.h>

namespace nightshift {

namespace {

// SQLite gives the files beside the queue its mode when it makes them. Those that were made while
// the queue was read-only stay so when it is made writable again, and no run could write any more.
// By a descriptor that was opened for nothing else: closing another would drop SQLite's locks.
void make_writable_again(const std::string& queue) {
    struct stat of_queue {};
    if (stat(queue.c_str(), &of_queue) != 0 || (of_queue.st_mode & S_IWUSR) == 0) return;
    for (const char* end : {"-wal", "-shm", "-journal"}) {
        const int file = open((queue + end).c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC);
        if (file < 0) continue;
        struct stat facts {};
        const bool ours = fstat(file, &facts) == 0 && S_ISREG(facts.st_mode) &&
                          facts.st_nlink == 1 && facts.st_uid == geteuid();
        if (ours && (facts.st_mode & S_IWUSR) == 0) {
            const auto name = "/proc/self/fd/" + std::to_string(file);
            static_cast<void>(chmod(name.c_str(), (facts.st_mode & 07777) | S_IWUSR));
        }
        close(file);
    }
}

}  // namespace

SqliteDb::SqliteDb(const std::filesystem::path& path, Mode mode, const std::string& vfs)
    : path_(path.string()) {
    prepare_sqlite();
    if (vfs.empty()) require_regular(path);
    // SQLite would make it as readable as the umask allows; its -wal and -shm take over the mode.
    if (mode == Mode::read_write && vfs.empty() && path_ != ":memory:") {
        close(open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
        make_writable_again(path_);
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

SqliteLibrary sqlite_library() {
    return {.version = sqlite3_libversion(), .number = sqlite3_libversion_number()};
}

// No statistics of memory: they cost a mutex at each allocation
// (https://www.sqlite.org/c3ref/c_config_covering_index_scan.html, SQLITE_CONFIG_MEMSTATUS).
void prepare_sqlite() {
    static const int done = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    (void)done;  // too late, when somebody else has begun to use it: then they are kept
}

namespace {

// As /proc/locks names a file: "fd:01:1234". Btrfs and overlays show another device there than
// stat does, so the inode's number has to do.
std::string inode_of(const std::string& path) {
    struct stat facts {};
    return stat(path.c_str(), &facts) == 0 ? ":" + std::to_string(facts.st_ino) : "";
}

bool ends_with(std::string_view text, std::string_view end) {
    return !end.empty() && text.size() >= end.size() &&
           text.substr(text.size() - end.size()) == end;
}

std::string name_of_process(long pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/comm");
    std::string name;
    std::getline(file, name);
    return name.empty() ? "" : " (" + term_safe(name) + ")";
}

}  // namespace

std::string lock_holder(const std::string& path) {
    const std::set<std::string> files = {inode_of(path), inode_of(path + "-shm")};
    std::ifstream locks("/proc/locks");
    // "1: POSIX  ADVISORY  WRITE 4121 fd:01:1234 120 120"; a waiting one has "->" in second place.
    for (std::string line; std::getline(locks, line);) {
        std::istringstream words(line);
        std::string number, kind, advisory, access, file;
        long pid = 0;
        if (!(words >> number >> kind >> advisory >> access >> pid >> file)) continue;
        if (kind != "POSIX" || access != "WRITE" || pid <= 0 || pid == getpid()) continue;
        for (const auto& inode : files) {
            if (ends_with(file, inode)) return fmt::format("pid {}{}", pid, name_of_process(pid));
        }
    }
    return "another process";
}

void throw_sqlite_failure(const SqliteFailure& failure) {
    const auto [operation, path, words, code] = failure;
    switch (code & 0xFF) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            throw InUse(
                fmt::format("{} is locked by {} (SQLite {}); end it, then run the same "
                            "command",
                            path, lock_holder(path), code));
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            throw StorageError(fmt::format(
                "{} is damaged ({}, SQLite {}); keep the folder: its ledger.jsonl still lists what "
                "finished; run what is missing there into a new one with -o",
                path, words, code));
        case SQLITE_FULL:
            throw StorageError(
                fmt::format("{} {}: no room left (SQLite {}); make room and run the "
                            "same command",
                            operation, path, code));
        default:
            throw StorageError(fmt::format("{} {}: {} (SQLite {})", operation, path, words, code));
    }
}

}  // namespace nightshift
