#include "base/input_file.hpp"

#include "base/failure.hpp"
#include "base/text/terminal_text.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>

namespace nightshift {
namespace {

constexpr std::size_t block_bytes = 64u << 10;

// The descriptor that a path such as "/dev/fd/3" stands for.
std::optional<int> handed_descriptor(std::string_view path) {
    if (path == "-" || path == "/dev/stdin") return STDIN_FILENO;
    for (const std::string_view folder : {"/dev/fd/", "/proc/self/fd/"}) {
        if (!path.starts_with(folder)) continue;
        const auto digits = path.substr(folder.size());
        int fd = -1;
        const auto* const end = digits.data() + digits.size();
        const auto [rest, error] = std::from_chars(digits.data(), end, fd);
        if (error == std::errc() && rest == end && fd >= 0) return fd;
    }
    return std::nullopt;
}

std::string name_of(const std::string& path) {
    return path == "-" ? "stdin" : term_safe(path);
}

[[noreturn]] void refuse(const char* operation, const std::string& path, int error) {
    throw UsageError(std::string("cannot ") + operation + ' ' + name_of(path) + ": " +
                     std::strerror(error));
}

// Empty: it is a file.
const char* kind_of(const struct stat& facts) {
    switch (facts.st_mode & S_IFMT) {
        case S_IFREG:
            return "";
        case S_IFDIR:
            return "a folder";
        case S_IFIFO:
            return "a named pipe";
        case S_IFSOCK:
            return "a socket";
        default:
            return "a device";
    }
}

}  // namespace

bool is_handed_over(std::string_view path) {
    return handed_descriptor(path).has_value();
}

int open_input(const std::string& path) {
    const auto handed = handed_descriptor(path);
    // Without O_NONBLOCK the opening of a pipe would wait for its writer.
    const int fd = handed ? ::fcntl(*handed, F_DUPFD_CLOEXEC, 0)
                          : ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) refuse("open", path, errno);
    struct stat facts {};
    if (::fstat(fd, &facts) != 0) {
        const int error = errno;
        ::close(fd);
        refuse("open", path, error);
    }
    const std::string_view kind = kind_of(facts);
    const bool is_folder = S_ISDIR(facts.st_mode);
    if (!kind.empty() && (!handed || is_folder)) {
        ::close(fd);
        throw UsageError(name_of(path) + " is " + std::string(kind) + "; give a file" +
                         (is_folder ? "" : ", or hand it over as standard input"));
    }
    if (!handed) ::fcntl(fd, F_SETFL, 0);
    return fd;
}

std::string read_input(const std::string& path, std::size_t most_bytes) {
    const int fd = open_input(path);
    std::string text;
    std::array<char, block_bytes> block{};
    for (;;) {
        const auto got = ::read(fd, block.data(), block.size());
        if (got < 0 && errno == EINTR) continue;
        const int error = errno;
        if (got > 0) text.append(block.data(), static_cast<std::size_t>(got));
        if (got > 0 && text.size() <= most_bytes) continue;
        ::close(fd);
        if (got < 0) refuse("read", path, error);
        if (got == 0) return text;
        throw UsageError(name_of(path) + " has more than " + std::to_string(most_bytes) +
                         " bytes; give the right file");
    }
}

void require_readable(const std::string& flag, const std::string& path) {
    try {
        ::close(open_input(path));
    } catch (const UsageError& error) {
        throw UsageError(flag + ": " + error.what());
    }
}

void require_writable(const std::string& flag, const std::string& path) {
    struct stat facts {};
    if (::stat(path.c_str(), &facts) != 0) return;
    const std::string_view kind = kind_of(facts);
    if (kind.empty()) return;
    throw UsageError(flag + ": " + name_of(path) + " is " + std::string(kind) +
                     "; name a file, or one that is not there yet");
}

void require_regular(const std::filesystem::path& path) {
    struct stat facts {};
    if (::stat(path.c_str(), &facts) != 0) return;
    const std::string_view kind = kind_of(facts);
    if (kind.empty()) return;
    throw StorageError(term_safe(path.string()) + " is " + std::string(kind) +
                       " and not a file; move it away, or restore the file");
}

}  // namespace nightshift
