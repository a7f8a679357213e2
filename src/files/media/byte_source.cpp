#include "files/media/byte_source.hpp"

#include <algorithm>

namespace nightshift {

std::string_view FileSource::at(std::uint64_t offset, std::size_t count) {
    if (offset >= size_) return {};
    count =
        static_cast<std::size_t>(std::min<std::uint64_t>({count, window_bytes, size_ - offset}));
    const bool held = offset >= window_offset_ && offset - window_offset_ <= window_.size() &&
                      window_.size() - (offset - window_offset_) >= count;
    if (!held) {
        // Box and page walks want a few bytes here and there, scans a lot in a row.
        window_.resize(std::max<std::size_t>(count, 4096));
        window_.resize(file_.read(offset, window_.data(), window_.size()));
        window_offset_ = offset;
    }
    const auto skip = static_cast<std::size_t>(offset - window_offset_);
    return std::string_view(window_).substr(skip, count);
}

}  // namespace nightshift
