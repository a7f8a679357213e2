// Bytes to look at, in memory or on disk, without trust in any length they speak of.

#pragma once

#include "base/disk.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace nightshift {

class ByteSource {
public:
    virtual ~ByteSource() = default;
    virtual std::uint64_t size() const = 0;
    // Up to `count` bytes from `offset`: fewer, or none, where the source ends. At most
    // window_bytes. Valid until the next call.
    virtual std::string_view at(std::uint64_t offset, std::size_t count) = 0;

    static constexpr std::size_t window_bytes = 256 * 1024;
};

class MemorySource : public ByteSource {
public:
    explicit MemorySource(std::string_view bytes) : bytes_(bytes) {}
    std::uint64_t size() const override { return bytes_.size(); }
    std::string_view at(std::uint64_t offset, std::size_t count) override {
        if (offset >= bytes_.size()) return {};
        return bytes_.substr(static_cast<std::size_t>(offset), count);
    }

private:
    std::string_view bytes_;
};

// Through a window, so that a large file costs no memory. Throws StorageError when the file cannot
// be read. Borrows the file.
class FileSource : public ByteSource {
public:
    explicit FileSource(DiskFile& file) : file_(file), size_(file.size()) {}
    std::uint64_t size() const override { return size_; }
    std::string_view at(std::uint64_t offset, std::size_t count) override;

private:
    DiskFile& file_;
    std::uint64_t size_;
    std::string window_;
    std::uint64_t window_offset_ = 0;
};

// Integers out of a few bytes; 0 where the bytes do not reach.
inline std::uint64_t big_endian(std::string_view bytes, std::size_t offset, std::size_t count) {
    if (offset > bytes.size() || count > bytes.size() - offset) return 0;
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < count; ++i) {
        value = (value << 8) | static_cast<unsigned char>(bytes[offset + i]);
    }
    return value;
}

inline std::uint64_t little_endian(std::string_view bytes, std::size_t offset, std::size_t count) {
    if (offset > bytes.size() || count > bytes.size() - offset) return 0;
    std::uint64_t value = 0;
    for (std::size_t i = count; i > 0; --i) {
        value = (value << 8) | static_cast<unsigned char>(bytes[offset + i - 1]);
    }
    return value;
}

}  // namespace nightshift
