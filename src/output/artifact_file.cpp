// Names are resolved relative to an open folder and never through a symbolic link, so that nobody
// who can write there can lead a file elsewhere.

#include "output/artifact_file.hpp"

#include "core/digest.hpp"
#include "core/failure.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>
#include <utility>

namespace nightshift {
namespace {

namespace fs = std::filesystem;

constexpr int spare_names_max = 10'000;

[[noreturn]] void fail(const char* operation, const fs::path& path, int error) {
    throw StorageError(std::string(operation) + " " + path.string() + ": " +
                       std::generic_category().message(error));
}

class Descriptor {
public:
    explicit Descriptor(int fd) : fd_(fd) {}
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int get() const { return fd_; }
    int release() { return std::exchange(fd_, -1); }

private:
    int fd_;
};

// `extra`: O_NOFOLLOW for the folders that we made; DIR itself may well be a link.
int open_folder(const fs::path& path, int extra) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | extra);
    if (fd < 0) fail("open", path, errno);
    return fd;
}

// Some file systems cannot sync a folder (EINVAL); there is nothing more to be done about those.
void sync_folder(int fd, const fs::path& path) {
    if (::fsync(fd) != 0 && errno != EINVAL && errno != EROFS) fail("sync", path, errno);
}

void sync_file(int fd, const fs::path& path) {
    if (::fsync(fd) != 0) fail("sync", path, errno);
}

void write_all(int fd, std::string_view bytes, std::uint64_t& size, const fs::path& path) {
    while (!bytes.empty()) {
        const auto written = ::write(fd, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) fail("write", path, errno);
        size += static_cast<std::uint64_t>(written);
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
}

std::string hash_of(int fd, const fs::path& path) {
    constexpr std::size_t block_bytes = 256 * 1024;
    const auto block = std::make_unique<char[]>(block_bytes);
    Sha256 digest;
    off_t offset = 0;
    for (;;) {
        const auto got = ::pread(fd, block.get(), block_bytes, offset);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) fail("read", path, errno);
        if (got == 0) return digest.hex();
        digest.update({block.get(), static_cast<std::size_t>(got)});
        offset += got;
    }
}

bool is_file_name(std::string_view name) {
    return !name.empty() && name != "." && name != ".." && name.size() <= 255 &&
           name.find('/') == std::string_view::npos && name.find('\0') == std::string_view::npos;
}

// "x.png" -> "x-2.png", "x.2.png" -> "x.2-2.png".
std::string spare_name(const std::string& name, int number) {
    const auto dot = name.rfind('.');
    const auto stem = name.substr(0, dot);
    const auto extension = dot == std::string::npos ? "" : name.substr(dot);
    return stem + "-" + std::to_string(number) + extension;
}

// Moves a name without replacing anything; the error number, 0 when done.
int move_name(int from_folder, const std::string& from, int to_folder, const std::string& to) {
    if (::renameat2(from_folder, from.c_str(), to_folder, to.c_str(), RENAME_NOREPLACE) == 0) {
        return 0;
    }
    if (errno != EINVAL && errno != ENOSYS) return errno;
    // File systems without RENAME_NOREPLACE. A crash in between leaves the file under both names.
    if (::linkat(from_folder, from.c_str(), to_folder, to.c_str(), 0) != 0) return errno;
    return ::unlinkat(from_folder, from.c_str(), 0) == 0 ? 0 : errno;
}

bool is_same_file(int folder, const std::string& name, const PartFile::Kept& wanted,
                  const fs::path& path) {
    const Descriptor file(
        ::openat(folder, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    struct stat facts {};
    if (file.get() < 0 || ::fstat(file.get(), &facts) != 0 || !S_ISREG(facts.st_mode)) return false;
    if (static_cast<std::uint64_t>(facts.st_size) != wanted.bytes) return false;
    if (hash_of(file.get(), path) != wanted.sha256) return false;
    sync_file(file.get(), path);  // whoever wrote it may have died before
    return true;
}

void make_folder(const fs::path& path, mode_t mode) {
    if (::mkdir(path.c_str(), mode) == 0) return;
    if (errno != EEXIST) fail("create", path, errno);
    struct stat facts {};
    if (::lstat(path.c_str(), &facts) != 0) fail("open", path, errno);
    if (!S_ISDIR(facts.st_mode)) fail("create", path, ENOTDIR);
}

}  // namespace

PartFile::PartFile(const RunFolders& folders, std::string name)
    : folders_(folders), name_(std::move(name)) {
    if (!is_file_name(name_)) fail("open", path(), EINVAL);
    const Descriptor folder(open_folder(folders_.parts(), O_NOFOLLOW));
    Descriptor file(::openat(folder.get(), name_.c_str(),
                             O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
                             0600));
    if (file.get() < 0) fail("open", path(), errno);
    struct stat facts {};
    if (::fstat(file.get(), &facts) != 0) fail("open", path(), errno);
    if (!S_ISREG(facts.st_mode)) fail("open", path(), EINVAL);
    size_ = static_cast<std::uint64_t>(facts.st_size);
    fd_ = file.release();
}

PartFile::~PartFile() {
    if (fd_ >= 0) ::close(fd_);
}

std::string PartFile::path() const {
    return (folders_.parts() / name_).string();
}

void PartFile::write(std::string_view bytes) {
    write_all(fd_, bytes, size_, path());
}

void PartFile::restart() {
    if (::ftruncate(fd_, 0) != 0) fail("truncate", path(), errno);
    size_ = 0;
}

void PartFile::discard() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
    if (::unlink(path().c_str()) != 0 && errno != ENOENT) fail("remove", path(), errno);
    size_ = 0;
}

PartFile::Kept PartFile::keep(const std::string& final_name) {
    const auto folder_path = folders_.outputs();
    if (!is_file_name(final_name)) fail("create", folder_path / final_name, EINVAL);
    sync_file(fd_, path());
    Kept kept{.path = {}, .bytes = size_, .sha256 = hash_of(fd_, path())};
    if (::fchmod(fd_, 0644) != 0 && errno != EPERM) fail("change mode of", path(), errno);
    const Descriptor parts(open_folder(folders_.parts(), O_NOFOLLOW));
    const Descriptor outputs(open_folder(folder_path, O_NOFOLLOW));
    auto name = final_name;
    for (int number = 2; number < spare_names_max; ++number) {
        const int error = move_name(parts.get(), name_, outputs.get(), name);
        const bool adopted =
            error == EEXIST && is_same_file(outputs.get(), name, kept, folder_path / name);
        if (error == 0 || adopted) {
            sync_folder(outputs.get(), folder_path);
            if (adopted) discard();
            if (fd_ >= 0) ::close(std::exchange(fd_, -1));
            kept.path = "outputs/" + name;
            return kept;
        }
        if (error != EEXIST) fail("create", folder_path / name, error);
        name = spare_name(final_name, number);
    }
    fail("create", folder_path / final_name, EEXIST);
}

void make_folders(const RunFolders& folders) {
    std::error_code ec;
    fs::create_directories(folders.root, ec);
    if (ec) fail("create", folders.root, ec.value());
    make_folder(folders.outputs(), 0755);
    make_folder(folders.hidden(), 0700);
    // Left wider by a copy or an archive: it holds replies and prompts.
    if (::chmod(folders.hidden().c_str(), 0700) != 0) fail("open", folders.hidden(), errno);
    make_folder(folders.parts(), 0700);
    const Descriptor root(open_folder(folders.root, 0));
    sync_folder(root.get(), folders.root);
}

void write_whole(const fs::path& path, std::string_view bytes) {
    const auto folder_path = path.has_parent_path() ? path.parent_path() : fs::path(".");
    const auto name = path.filename().string();
    const auto part = "." + name + ".part";
    const Descriptor folder(open_folder(folder_path, 0));
    {
        const Descriptor file(::openat(folder.get(), part.c_str(),
                                       O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
                                       0600));
        if (file.get() < 0) fail("create", folder_path / part, errno);
        std::uint64_t size = 0;
        write_all(file.get(), bytes, size, path);
        sync_file(file.get(), path);
    }
    if (::renameat(folder.get(), part.c_str(), folder.get(), name.c_str()) != 0) {
        fail("create", path, errno);
    }
    sync_folder(folder.get(), folder_path);
}

}  // namespace nightshift
