// A library for LD_PRELOAD: counts the calls that change files below CRASH_DIR, of all threads in
// one sequence, and kills the process just before number CRASH_AT. Each call is noted in CRASH_LOG.
// (strace counts the calls of each thread apart, so it cannot name the N-th of a process.)

#include <atomic>
#include <csignal>
#include <cstdarg>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <fcntl.h>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

namespace {

std::atomic<long> calls{0};

const std::string& setting(int which) {
    auto value = [](const char* name) {
        const char* text = getenv(name);
        return std::string(text == nullptr ? "" : text);
    };
    static const std::string settings[] = {value("CRASH_DIR"), value("CRASH_AT"),
                                           value("CRASH_LOG")};
    return settings[which];
}

void count(const char* name) {
    static const long at = std::atol(setting(1).c_str());
    static const int log =
        setting(2).empty()
            ? -1
            : open(setting(2).c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (++calls == at) {
        syscall(SYS_kill, getpid(), SIGKILL);
        for (;;) pause();
    }
    if (log < 0) return;
    const auto line = std::string(name) + "\n";
    syscall(SYS_write, log, line.data(), line.size());
}

void count_fd(const char* name, int fd) {
    struct stat facts {};
    if (fstat(fd, &facts) != 0 || !(S_ISREG(facts.st_mode) || S_ISDIR(facts.st_mode))) return;
    char path[4096];
    const auto link = "/proc/self/fd/" + std::to_string(fd);
    const auto size = readlink(link.c_str(), path, sizeof path);
    const auto& folder = setting(0);
    if (size < static_cast<ssize_t>(folder.size()) || folder.empty()) return;
    const std::string_view where(path, static_cast<std::size_t>(size));
    // The log is for people: nothing is built on it.
    if (where.starts_with(folder) && !where.ends_with("/.nightshift/log")) count(name);
}

// The program and SQLite name by absolute path what they do not name by an open folder.
void count_path(const char* name, const char* path) {
    const auto& folder = setting(0);
    if (path[0] != '/' || std::strncmp(path, folder.c_str(), folder.size()) == 0) count(name);
}

template <class Function>
Function* real(const char* name) {
    return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

}  // namespace

// Each passes on to the real one; a macro, because only the types differ.
#define NIGHTSHIFT_ON_FD(result, name, types, names)         \
    extern "C" result name types {                           \
        static const auto go_on = real<result types>(#name); \
        count_fd(#name, fd);                                 \
        return go_on names;                                  \
    }
#define NIGHTSHIFT_ON_PATH(result, name, path, types, names) \
    extern "C" result name types {                           \
        static const auto go_on = real<result types>(#name); \
        count_path(#name, path);                             \
        return go_on names;                                  \
    }

NIGHTSHIFT_ON_FD(ssize_t, write, (int fd, const void* bytes, size_t size), (fd, bytes, size))
NIGHTSHIFT_ON_FD(ssize_t, writev, (int fd, const iovec* parts, int count), (fd, parts, count))
NIGHTSHIFT_ON_FD(ssize_t, pwrite, (int fd, const void* bytes, size_t size, off_t at),
                 (fd, bytes, size, at))
NIGHTSHIFT_ON_FD(ssize_t, pwrite64, (int fd, const void* bytes, size_t size, off64_t at),
                 (fd, bytes, size, at))
NIGHTSHIFT_ON_FD(int, fsync, (int fd), (fd))
NIGHTSHIFT_ON_FD(int, fdatasync, (int fd), (fd))
NIGHTSHIFT_ON_FD(int, ftruncate, (int fd, off_t size), (fd, size))
NIGHTSHIFT_ON_FD(int, ftruncate64, (int fd, off64_t size), (fd, size))
NIGHTSHIFT_ON_FD(int, fallocate, (int fd, int mode, off_t at, off_t size), (fd, mode, at, size))
NIGHTSHIFT_ON_FD(int, fallocate64, (int fd, int mode, off64_t at, off64_t size),
                 (fd, mode, at, size))
NIGHTSHIFT_ON_PATH(int, rename, from, (const char* from, const char* to), (from, to))
NIGHTSHIFT_ON_PATH(int, renameat, from, (int folder, const char* from, int other, const char* to),
                   (folder, from, other, to))
NIGHTSHIFT_ON_PATH(int, renameat2, from,
                   (int folder, const char* from, int other, const char* to, unsigned flags),
                   (folder, from, other, to, flags))
NIGHTSHIFT_ON_PATH(int, unlink, path, (const char* path), (path))
NIGHTSHIFT_ON_PATH(int, unlinkat, path, (int folder, const char* path, int flags),
                   (folder, path, flags))
NIGHTSHIFT_ON_PATH(int, remove, path, (const char* path), (path))
