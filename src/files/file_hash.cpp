#include "files/file_hash.hpp"

#include <algorithm>
#include <limits>

namespace nightshift {
namespace {

constexpr std::uint64_t step_bytes = 8u << 20;  // some milliseconds
constexpr std::size_t block_bytes = 256 * 1024;
constexpr auto to_the_end = std::numeric_limits<std::uint64_t>::max();

}  // namespace

bool FileHash::is_due(std::uint64_t written) {
    if (written < due_bytes_ + step_bytes || following_.exchange(true)) return false;
    due_bytes_ = written;
    return true;
}

void FileHash::forget() {
    const std::lock_guard lock(mutex_);
    begin_anew();
}

void FileHash::begin_anew() {
    digest_ = {};
    bytes_ = 0;
    due_bytes_ = 0;
}

// Where it ended: `end`, or where the file does.
std::uint64_t FileHash::read_to(std::uint64_t end) {
    const auto block = std::make_unique<char[]>(block_bytes);
    while (bytes_ < end) {
        const auto wanted = std::min<std::uint64_t>(block_bytes, end - bytes_);
        const auto got = file_->read(bytes_, block.get(), static_cast<std::size_t>(wanted));
        digest_.update({block.get(), got});
        bytes_ += got;
        if (got < wanted) break;
    }
    return bytes_;
}

void FileHash::follow() {
    {
        const std::lock_guard lock(mutex_);
        const auto from = bytes_;
        try {
            file_->begin_sync(from, read_to(due_bytes_) - from);
        } catch (const StorageError&) {
            // `finish` comes to the same place.
        }
    }
    following_ = false;
}

std::string FileHash::finish() {
    const std::lock_guard lock(mutex_);
    read_to(to_the_end);
    auto hex = digest_.hex();
    begin_anew();
    return hex;
}

}  // namespace nightshift
