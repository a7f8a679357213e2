#include "storage/sqlite/sqlite_failure.hpp"

#include "base/failure.hpp"
#include "base/run_lock.hpp"
#include "base/text/terminal_text.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <fstream>
#include <set>
#include <sstream>
#include <sys/stat.h>
#include <unistd.h>

namespace nightshift {
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
