#include "core/run_lock.hpp"

#include "core/term_safe.hpp"
#include "core/timestamp.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace nightshift {
namespace {

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
    const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::system_clock::now().time_since_epoch());
    return fmt::format("pid {} on host {} since {}\n", getpid(), host.data(), rfc3339(now.count()));
}

}  // namespace

RunLock::RunLock(const std::filesystem::path& path) {
    fd_ = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd_ < 0) throw StorageError("open " + path.string() + ": " + std::strerror(errno));
    if (flock(fd_, LOCK_EX | LOCK_NB) != 0) {
        const auto who = read_holder(fd_);
        close(fd_);
        throw InUse(path.parent_path().parent_path().string() + " is in use by " + who +
                    "; wait for it, or stop it and run again");
    }
    const auto name = own_name();
    if (ftruncate(fd_, 0) != 0 || write(fd_, name.data(), name.size()) < 0) {
        const std::string cause = std::strerror(errno);
        close(fd_);
        throw StorageError("write " + path.string() + ": " + cause);
    }
}

RunLock::~RunLock() {
    close(fd_);
}

std::string RunLock::holder(const std::filesystem::path& path) {
    const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) return "";
    std::string who;
    if (flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK) who = read_holder(fd);
    close(fd);
    return who;
}

}  // namespace nightshift
