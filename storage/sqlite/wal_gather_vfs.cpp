#include "storage/sqlite/wal_gather_vfs.hpp"

#include "base/failure.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <memory>
#include <new>
#include <string>
#include <vector>

namespace nightshift {
namespace {

// SQLite's own files take no more than 131,071 bytes at once (seekAndWriteFd in os_unix.c).
constexpr std::size_t gathered_max = 128 * 1024 - 1;

sqlite3_vfs* base_vfs() {
    static sqlite3_vfs* const base = sqlite3_vfs_find(nullptr);
    return base;
}

// A log on top of the base VFS's file.
class Log {
public:
    Log() : memory_(static_cast<std::size_t>(base_vfs()->szOsFile)) {}

    int open(const char* name, int flags, int* flags_out) {
        return base_vfs()->xOpen(base_vfs(), name, &file(), flags, flags_out);
    }
    bool is_open() { return file().pMethods != nullptr; }
    sqlite3_file& file() { return *reinterpret_cast<sqlite3_file*>(memory_.data()); }
    const sqlite3_io_methods& methods() { return *file().pMethods; }

    int write(const char* bytes, std::size_t size, sqlite3_int64 at) {
        const auto end = start_ + static_cast<sqlite3_int64>(gathered_.size());
        if (at != end || gathered_.size() + size > gathered_max) {
            const int code = flush();
            if (code != SQLITE_OK) return code;
        }
        if (gathered_.empty()) start_ = at;
        gathered_.append(bytes, size);
        return SQLITE_OK;
    }

    // What could not be written is let go of: SQLite rolls back.
    int flush() {
        if (gathered_.empty()) return SQLITE_OK;
        const int size = static_cast<int>(gathered_.size());
        const int code = methods().xWrite(&file(), gathered_.data(), size, start_);
        gathered_.clear();
        return code;
    }

private:
    std::vector<char> memory_;  // of the base VFS's file, which is a C structure
    std::string gathered_;
    sqlite3_int64 start_ = 0;  // in the file, of what is gathered
};

struct LogFile {
    sqlite3_file head;
    Log* log;
};

Log& log_of(sqlite3_file* file) {
    return *reinterpret_cast<LogFile*>(file)->log;
}

int close_log(sqlite3_file* file) {
    const std::unique_ptr<Log> log(&log_of(file));
    const int flushed = log->flush();
    const int closed = log->methods().xClose(&log->file());
    return flushed != SQLITE_OK ? flushed : closed;
}

int read_log(sqlite3_file* file, void* bytes, int size, sqlite3_int64 at) {
    auto& log = log_of(file);
    const int code = log.flush();
    return code != SQLITE_OK ? code : log.methods().xRead(&log.file(), bytes, size, at);
}

// An exception must not pass through C.
int write_log(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 at) {
    try {
        return log_of(file).write(static_cast<const char*>(bytes), static_cast<std::size_t>(size),
                                  at);
    } catch (const std::bad_alloc&) {
        return SQLITE_IOERR_NOMEM;
    }
}

int truncate_log(sqlite3_file* file, sqlite3_int64 size) {
    auto& log = log_of(file);
    const int code = log.flush();
    return code != SQLITE_OK ? code : log.methods().xTruncate(&log.file(), size);
}

int sync_log(sqlite3_file* file, int flags) {
    auto& log = log_of(file);
    const int code = log.flush();
    return code != SQLITE_OK ? code : log.methods().xSync(&log.file(), flags);
}

int size_of_log(sqlite3_file* file, sqlite3_int64* size) {
    auto& log = log_of(file);
    const int code = log.flush();
    return code != SQLITE_OK ? code : log.methods().xFileSize(&log.file(), size);
}

int lock_log(sqlite3_file* file, int level) {
    auto& log = log_of(file);
    return log.methods().xLock(&log.file(), level);
}

int unlock_log(sqlite3_file* file, int level) {
    auto& log = log_of(file);
    return log.methods().xUnlock(&log.file(), level);
}

int is_log_reserved(sqlite3_file* file, int* answer) {
    auto& log = log_of(file);
    return log.methods().xCheckReservedLock(&log.file(), answer);
}

int control_log(sqlite3_file* file, int operation, void* argument) {
    auto& log = log_of(file);
    return log.methods().xFileControl(&log.file(), operation, argument);
}

int sector_of_log(sqlite3_file* file) {
    auto& log = log_of(file);
    return log.methods().xSectorSize(&log.file());
}

int traits_of_log(sqlite3_file* file) {
    auto& log = log_of(file);
    return log.methods().xDeviceCharacteristics(&log.file());
}

// Version 1: a log is neither shared nor mapped.
constexpr sqlite3_io_methods log_methods = {
    .iVersion = 1,
    .xClose = close_log,
    .xRead = read_log,
    .xWrite = write_log,
    .xTruncate = truncate_log,
    .xSync = sync_log,
    .xFileSize = size_of_log,
    .xLock = lock_log,
    .xUnlock = unlock_log,
    .xCheckReservedLock = is_log_reserved,
    .xFileControl = control_log,
    .xSectorSize = sector_of_log,
    .xDeviceCharacteristics = traits_of_log,
    .xShmMap = nullptr,
    .xShmLock = nullptr,
    .xShmBarrier = nullptr,
    .xShmUnmap = nullptr,
    .xFetch = nullptr,
    .xUnfetch = nullptr,
};

int open_file(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* flags_out) {
    if ((flags & SQLITE_OPEN_WAL) == 0) {
        return base_vfs()->xOpen(base_vfs(), name, file, flags, flags_out);
    }
    file->pMethods = nullptr;  // nothing to close
    try {
        auto log = std::make_unique<Log>();
        const int code = log->open(name, flags, flags_out);
        if (code != SQLITE_OK) {
            if (log->is_open()) log->methods().xClose(&log->file());
            return code;
        }
        reinterpret_cast<LogFile*>(file)->log = log.release();
        file->pMethods = &log_methods;
        return SQLITE_OK;
    } catch (const std::bad_alloc&) {
        return SQLITE_NOMEM;
    }
}

sqlite3_vfs make_vfs() {
    sqlite3_vfs vfs = *base_vfs();
    vfs.pNext = nullptr;
    vfs.zName = "nightshift-gathering";
    vfs.szOsFile = std::max(vfs.szOsFile, static_cast<int>(sizeof(LogFile)));
    vfs.xOpen = open_file;
    return vfs;
}

}  // namespace

const char* gathering_vfs() {
    static sqlite3_vfs vfs = make_vfs();
    static const int code = sqlite3_vfs_register(&vfs, 0);
    if (code != SQLITE_OK) throw StorageError("open the queue: SQLite takes no VFS");
    return vfs.zName;
}

}  // namespace nightshift
