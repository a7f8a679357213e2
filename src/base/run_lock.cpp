#include "base/run_lock.hpp"

#include "base/clock.hpp"
#include "base/text/terminal_text.hpp"
#include "base/timestamp.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace nightshift {
namespace {

constexpr std::string_view holder_begins = "pid ";
constexpr int replaced_max = 100;  // times that the file may be replaced while it is being locked

std::string read_holder(int fd) {
    std::array<char, 256> text{};
    const auto size = pread(fd, text.data(), text.size(), 0);
    if (size <= 0) return "an unnamed process";
    std::string_view line(text.data(), static_cast<std::size_t>(size));
    return term_safe(line.substr(0, line.find('\n')));
}

std::string own_name() {
    std::array<char, 256> host{};
    gethostname(host.data(), host.size() - 1);
    return fmt::format("{}{} on host {} since {}\n", holder_begins, getpid(), host.data(),
                       rfc3339(unix_ms()));
}

[[noreturn]] void fail(const char* operation, const std::filesystem::path& path, int error) {
    throw StorageError(fmt::format("{} {}: {}", operation, path.string(), std::strerror(error)));
}

// Empty, or what a holder before us wrote: anything else belongs to somebody else.
bool is_lock_file(int fd) {
    std::array<char, holder_begins.size()> begin{};
    const auto size = pread(fd, begin.data(), begin.size(), 0);
    return size == 0 || std::string_view(begin.data(), begin.size()) == holder_begins;
}

// A record lock of this open file: other processes can ask for it without taking it.
struct flock whole_file(short type) {
    struct flock lock {};
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    return lock;
}

bool same_file(const struct stat& a, const struct stat& b) {
    return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

}  // namespace

RunLock::RunLock(std::filesystem::path path) : path_(std::move(path)) {
    try {
        for (int tries = 0; !take(); ++tries) {
            if (tries == replaced_max) throw FolderGone("lock " + path_.string() + ": replaced");
        }
        const auto name = own_name();
        if (ftruncate(file_, 0) != 0 || pwrite(file_, name.data(), name.size(), 0) < 0) {
            fail("write", path_, errno);
        }
    } catch (...) {
        release();
        throw;
    }
}

RunLock::~RunLock() {
    release();
}

void RunLock::release() noexcept {
    if (file_ >= 0) close(std::exchange(file_, -1));
    if (folder_ >= 0) close(std::exchange(folder_, -1));
}

void RunLock::remove() noexcept {
    unlinkat(folder_, path_.filename().c_str(), 0);
}

void RunLock::refuse_holder() const {
    const int fd = openat(folder_, path_.filename().c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    const auto who = fd >= 0 ? read_holder(fd) : std::string("another process");
    if (fd >= 0) close(fd);
    throw InUse(path_.parent_path().parent_path().string() + " is in use by " + who +
                "; wait for it, or stop it and run again");
}

// False when the file or its folder was replaced meanwhile: a lock on what lies there no longer
// keeps nobody out.
bool RunLock::take() {
    release();
    const auto folder = path_.parent_path();
    const auto name = path_.filename();
    folder_ = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder_ < 0 && errno == ENOENT) throw FolderGone("lock " + path_.string() + ": removed");
    if (folder_ < 0) fail("open", folder, errno);
    // Some network file systems lock no folders; there the file has to do.
    if (flock(folder_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) refuse_holder();
    const int flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
    file_ = openat(folder_, name.c_str(), flags, 0600);
    if (file_ < 0 && errno == ENOENT) throw FolderGone("lock " + path_.string() + ": removed");
    if (file_ < 0) fail("open", path_, errno);
    struct stat mine {};
    if (fstat(file_, &mine) != 0) fail("open", path_, errno);
    if (!S_ISREG(mine.st_mode)) fail("open", path_, EINVAL);
    if (flock(file_, LOCK_EX | LOCK_NB) != 0) refuse_holder();
    auto record = whole_file(F_WRLCK);
    const bool recorded = fcntl(file_, F_OFD_SETLK, &record) == 0;
    if (!recorded && (errno == EAGAIN || errno == EACCES)) refuse_holder();
    struct stat named {
    }, mine_folder{}, named_folder{};
    if (fstat(folder_, &mine_folder) != 0) fail("open", folder, errno);
    const bool stays =
        lstat(folder.c_str(), &named_folder) == 0 && same_file(mine_folder, named_folder) &&
        fstatat(folder_, name.c_str(), &named, AT_SYMLINK_NOFOLLOW) == 0 && same_file(mine, named);
    if (stays && !is_lock_file(file_)) {
        throw StorageError("open " + path_.string() + ": not a lock file of nightshift");
    }
    return stays;
}

std::string RunLock::holder(const std::filesystem::path& path) {
    const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0) return "";
    std::string who;
    auto record = whole_file(F_WRLCK);
    const bool told = fcntl(fd, F_OFD_GETLK, &record) == 0;
    if (told && record.l_type != F_UNLCK) who = read_holder(fd);
    close(fd);
    return who;
}

}  // namespace nightshift
