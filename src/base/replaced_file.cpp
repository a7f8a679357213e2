#include "base/replaced_file.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

namespace nightshift {

ReplacedFile::ReplacedFile(const std::filesystem::path& path) : name_(path.filename().string()) {
    const auto folder = path.parent_path();
    folder_ = open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

ReplacedFile::~ReplacedFile() {
    if (folder_ >= 0) close(folder_);
}

bool ReplacedFile::replace(std::string_view text) const {
    std::uint64_t chance = 0;
    if (folder_ < 0 || getrandom(&chance, sizeof chance, 0) != sizeof chance) return false;
    const auto aside = fmt::format(".{}.{:016x}.part", name_, chance);
    const int fd = openat(folder_, aside.c_str(),
                          O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) return false;
    while (!text.empty()) {
        const auto written = write(fd, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) break;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    const bool whole = close(fd) == 0 && text.empty() &&
                       renameat(folder_, aside.c_str(), folder_, name_.c_str()) == 0;
    if (!whole) unlinkat(folder_, aside.c_str(), 0);
    return whole;
}

}  // namespace nightshift
