// Formats: RFC 1952 (gzip, several members allowed), RFC 8878 (zstd, several frames allowed).

#include "manifest/source.hpp"

#include "base/failure.hpp"
#include "base/input_file.hpp"

#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

namespace nightshift {
namespace {

constexpr std::size_t chunk_bytes = 256u << 10;

// The file itself; its first bytes can be looked at before they are read.
class File : public Source {
public:
    explicit File(const std::string& path) : path_(path), fd_(open_input(path)) {}
    ~File() override { ::close(fd_); }
    File(const File&) = delete;
    File& operator=(const File&) = delete;

    std::size_t read(char* to, std::size_t size) override {
        if (ahead_ > 0) {
            const std::size_t part = std::min(size, ahead_);
            std::memcpy(to, head_.data(), part);
            std::memmove(head_.data(), head_.data() + part, ahead_ - part);
            ahead_ -= part;
            return part;
        }
        return read_fd(to, size);
    }

    std::string_view head() {
        while (ahead_ < head_.size()) {
            const std::size_t got = read_fd(head_.data() + ahead_, head_.size() - ahead_);
            if (got == 0) break;
            ahead_ += got;
        }
        return {head_.data(), ahead_};
    }

private:
    std::size_t read_fd(char* to, std::size_t size) {
        while (true) {
            const ssize_t got = ::read(fd_, to, size);
            if (got >= 0) return static_cast<std::size_t>(got);
            if (errno != EINTR) fail("read");
        }
    }

    [[noreturn]] void fail(const char* operation) {
        const std::string name = path_ == "-" ? "stdin" : path_;
        throw UsageError(std::string("cannot ") + operation + ' ' + name + ": " +
                         std::strerror(errno));
    }

    std::string path_;
    int fd_ = -1;
    std::array<char, 8> head_{};
    std::size_t ahead_ = 0;
};

class Gzip : public Source {
public:
    explicit Gzip(std::unique_ptr<Source> raw) : raw_(std::move(raw)), input_(chunk_bytes) {
        if (inflateInit2(&stream_, 15 + 16) != Z_OK) throw std::bad_alloc();
    }
    ~Gzip() override { inflateEnd(&stream_); }
    Gzip(const Gzip&) = delete;
    Gzip& operator=(const Gzip&) = delete;

    std::size_t read(char* to, std::size_t size) override {
        size = std::min<std::size_t>(size, 1u << 30);
        stream_.next_out = reinterpret_cast<Bytef*>(to);
        stream_.avail_out = static_cast<uInt>(size);
        while (damage_.empty() && stream_.avail_out == size) {
            if (stream_.avail_in == 0) {
                stream_.next_in = reinterpret_cast<Bytef*>(input_.data());
                stream_.avail_in = static_cast<uInt>(raw_->read(input_.data(), input_.size()));
                if (stream_.avail_in == 0) {
                    if (inside_) damage_ = "the gzip data ends early";
                    break;
                }
            }
            step();
        }
        return size - stream_.avail_out;
    }
    std::string damage() const override { return damage_; }

private:
    void step() {
        inside_ = true;
        const int result = inflate(&stream_, Z_NO_FLUSH);
        if (result == Z_STREAM_END) {
            inside_ = false;
            inflateReset(&stream_);
        } else if (result != Z_OK && result != Z_BUF_ERROR) {
            damage_ = "the gzip data is damaged";
        }
    }

    std::unique_ptr<Source> raw_;
    std::vector<char> input_;
    z_stream stream_{};
    bool inside_ = true;  // a member has begun and not ended
    std::string damage_;
};

class Zstd : public Source {
public:
    explicit Zstd(std::unique_ptr<Source> raw)
        : raw_(std::move(raw)), input_(chunk_bytes), stream_(ZSTD_createDStream()) {
        if (stream_ == nullptr) throw std::bad_alloc();
    }
    ~Zstd() override { ZSTD_freeDStream(stream_); }
    Zstd(const Zstd&) = delete;
    Zstd& operator=(const Zstd&) = delete;

    std::size_t read(char* to, std::size_t size) override {
        ZSTD_outBuffer out{to, size, 0};
        while (damage_.empty() && out.pos == 0) {
            // A frame may still have output when its input is used up.
            if (in_.pos == in_.size && !more_inside_) {
                in_ = {input_.data(), raw_->read(input_.data(), input_.size()), 0};
                if (in_.size == 0) {
                    if (inside_) damage_ = "the zstd data ends early";
                    break;
                }
            }
            const std::size_t result = ZSTD_decompressStream(stream_, &out, &in_);
            if (ZSTD_isError(result) != 0) {
                damage_ = std::string("the zstd data is damaged: ") + ZSTD_getErrorName(result);
            }
            inside_ = result != 0;
            more_inside_ = inside_ && out.pos == out.size;
        }
        return out.pos;
    }
    std::string damage() const override { return damage_; }

private:
    std::unique_ptr<Source> raw_;
    std::vector<char> input_;
    ZSTD_DStream* stream_;
    ZSTD_inBuffer in_{nullptr, 0, 0};
    bool inside_ = true, more_inside_ = false;
    std::string damage_;
};

struct Magic {
    std::string_view bytes, name;
};
constexpr std::array<Magic, 5> unread = {{
    {"PK\x03\x04", "a zip archive"},
    {"BZh", "bzip2"},
    {"\xFD"
     "7zXZ",
     "xz"},
    {"PAR1", "Parquet"},
    {"\x89PNG", "an image"},
}};

}  // namespace

std::unique_ptr<Source> open_source(const std::string& path, std::string& refusal) {
    auto file = std::make_unique<File>(path);
    const std::string_view head = file->head();
    const auto begins = [head](std::string_view magic) {
        return head.substr(0, magic.size()) == magic;
    };
    if (begins("\x1F\x8B")) return std::make_unique<Gzip>(std::move(file));
    if (begins("\x28\xB5\x2F\xFD") || (head.size() >= 4 && head.substr(1, 3) == "\x2A\x4D\x18")) {
        return std::make_unique<Zstd>(std::move(file));
    }
    for (const auto& each : unread) {
        if (begins(each.bytes)) refusal = "the file is " + std::string(each.name);
    }
    return file;
}

}  // namespace nightshift
