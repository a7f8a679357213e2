// POSIX file calls behind Journal (open(2), write(2): O_APPEND).
#include "sandbox/state/journal.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

namespace nightshift::sandbox {
namespace {

[[noreturn]] void fail(std::string_view what, const std::string& name) {
    throw std::runtime_error(
        fmt::format("sandbox: cannot {} {}: {}", what, name, std::strerror(errno)));
}

int open_unnamed() {
    std::string name = (std::filesystem::temp_directory_path() / "sandbox-XXXXXX").string();
    const int fd = ::mkostemp(name.data(), O_APPEND | O_CLOEXEC);
    if (fd < 0) fail("make", name);
    ::unlink(name.c_str());
    return fd;
}

std::string read_all(int fd) {
    std::string text;
    std::array<char, 1U << 16U> piece{};
    while (true) {
        const auto got = ::pread(fd, piece.data(), piece.size(), static_cast<off_t>(text.size()));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return text;
        text.append(piece.data(), static_cast<std::size_t>(got));
    }
}

}  // namespace

Journal::Journal(const std::filesystem::path& path) : name_(path.string()) {
    if (path.empty()) {
        fd_ = open_unnamed();
        return;
    }
    fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd_ < 0) fail("open", name_);
    const std::string all = text();
    const auto end = all.rfind('\n');
    const std::size_t whole = end == std::string::npos ? 0 : end + 1;
    if (whole != all.size() && ::ftruncate(fd_, static_cast<off_t>(whole)) != 0) {
        fail("repair", name_);
    }
}

Journal::~Journal() {
    if (fd_ >= 0) ::close(fd_);
}

void Journal::append(std::string_view line) {
    std::string record(line);
    record += '\n';
    const auto written = ::write(fd_, record.data(), record.size());
    if (written != static_cast<ssize_t>(record.size())) fail("write to", name_);
}

std::string Journal::text() const {
    return read_all(fd_);
}

void Journal::each(const std::function<void(std::string_view)>& take) const {
    const std::string all = text();
    std::string_view rest = all;
    while (!rest.empty()) {
        const auto end = rest.find('\n');
        if (end == std::string_view::npos) return;
        take(rest.substr(0, end));
        rest.remove_prefix(end + 1);
    }
}

}  // namespace nightshift::sandbox
