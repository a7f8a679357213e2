#include "output/byte_source.hpp"

#include "core/failure.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

namespace nightshift {

FileSource::FileSource(std::string path) : path_(std::move(path)) {
    fd_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd_ < 0) fail("open");
    struct stat facts {};
    if (::fstat(fd_, &facts) != 0) {
        const int error = errno;
        ::close(fd_);
        errno = error;
        fail("read");
    }
    size_ = static_cast<std::uint64_t>(std::max<off_t>(facts.st_size, 0));
}

FileSource::~FileSource() {
    ::close(fd_);
}

void FileSource::fail(const char* operation) const {
    throw StorageError(std::string(operation) + " " + path_ + ": " +
                       std::generic_category().message(errno));
}

std::string_view FileSource::at(std::uint64_t offset, std::size_t count) {
    if (offset >= size_) return {};
    count =
        static_cast<std::size_t>(std::min<std::uint64_t>({count, window_bytes, size_ - offset}));
    const bool held = offset >= window_offset_ && offset - window_offset_ <= window_.size() &&
                      window_.size() - (offset - window_offset_) >= count;
    if (!held) {
        // Box and page walks want a few bytes here and there, scans a lot in a row.
        window_.resize(std::max<std::size_t>(count, 4096));
        std::size_t filled = 0;
        while (filled < window_.size()) {
            const auto got = ::pread(fd_, window_.data() + filled, window_.size() - filled,
                                     static_cast<off_t>(offset + filled));
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) fail("read");
            if (got == 0) break;
            filled += static_cast<std::size_t>(got);
        }
        window_.resize(filled);
        window_offset_ = offset;
    }
    const auto skip = static_cast<std::size_t>(offset - window_offset_);
    return std::string_view(window_).substr(skip, count);
}

}  // namespace nightshift
