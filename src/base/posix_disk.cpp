// Names are resolved relative to an open folder and never through a symbolic link, so that nobody
// who can write there can lead a file elsewhere.

#include "base/disk.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <system_error>
#include <utility>

namespace nightshift {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const char* operation, const fs::path& path, int error) {
    auto text = std::string(operation) + " " + path.string() + ": " +
                std::generic_category().message(error);
    if (error == ENOSPC || error == EDQUOT) throw DiskFull(std::move(text));
    throw StorageError(std::move(text));
}

// Runs a system call again as long as a signal cuts it short.
template <class Call>
auto uninterrupted(Call call) {
    for (;;) {
        const auto result = call();
        if (result >= 0 || errno != EINTR) return result;
    }
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

// Not a link, unless the caller says so by a "." at the end: that is for DIR, which is the user's.
int open_folder(const fs::path& path) {
    const auto name = path.empty() ? fs::path(".") : path;
    const int fd = ::open(name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) fail("open", name, errno);
    return fd;
}

// Read from /proc: umask(2) would have to change it for a moment, for every thread.
mode_t own_umask() {
    static const mode_t mask = [] {
        std::ifstream status("/proc/self/status");
        for (std::string word; status >> word;) {
            if (word == "Umask:" && status >> word) {
                return static_cast<mode_t>(std::strtoul(word.c_str(), nullptr, 8));
            }
        }
        return mode_t{0022};
    }();
    return mask;
}

// The folder `name` in another, no link.
int open_in(const Descriptor& folder, const fs::path& name) {
    return ::openat(folder.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

void make_in(const Descriptor& folder, const fs::path& name, const fs::path& path) {
    if (::mkdirat(folder.get(), name.c_str(), 0777) != 0) {
        if (errno != EEXIST) fail("create", path, errno);
    } else if (::fsync(folder.get()) != 0 && errno != EINVAL) {
        fail("sync", path, errno);
    }
}

// The last folder of `below`, reached step by step; made where one is missing and `make` is set.
Descriptor open_folder_below(const fs::path& folder, const fs::path& below, bool make) {
    int fd = open_folder(folder);
    for (const auto& step : below) {
        const Descriptor outer(fd);
        if (step.empty() || step == "." || step == "..") fail("open", folder / below, EINVAL);
        if (make) make_in(outer, step, folder / below);
        fd = open_in(outer, step);
        if (fd < 0) fail("open", folder / below, errno);
    }
    return Descriptor(fd);
}

class PosixFile : public DiskFile {
public:
    PosixFile(int fd, fs::path path) : fd_(fd), path_(std::move(path)) {}

    std::uint64_t size() override {
        struct stat facts {};
        if (::fstat(fd_.get(), &facts) != 0) fail("read", path_, errno);
        return static_cast<std::uint64_t>(facts.st_size);
    }

    std::size_t read(std::uint64_t offset, char* to, std::size_t count) override {
        std::size_t filled = 0;
        while (filled < count) {
            const auto got = uninterrupted([&] {
                return ::pread(fd_.get(), to + filled, count - filled,
                               static_cast<off_t>(offset + filled));
            });
            if (got < 0) fail("read", path_, errno);
            if (got == 0) break;
            filled += static_cast<std::size_t>(got);
        }
        return filled;
    }

    void write(std::uint64_t offset, std::string_view bytes) override {
        while (!bytes.empty()) {
            const auto written = uninterrupted([&] {
                return ::pwrite(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
            });
            if (written < 0) fail("write", path_, errno);
            offset += static_cast<std::uint64_t>(written);
            bytes.remove_prefix(static_cast<std::size_t>(written));
        }
    }

    void truncate(std::uint64_t size) override {
        if (::ftruncate(fd_.get(), static_cast<off_t>(size)) != 0) fail("truncate", path_, errno);
    }

    void allocate(std::uint64_t size) override {
        if (size == 0) return;
        // Not posix_fallocate: it would write every block where the file system cannot reserve.
        if (::fallocate(fd_.get(), 0, 0, static_cast<off_t>(size)) != 0) {
            fail("make room in", path_, errno);
        }
    }

    void sync() override {
        if (::fsync(fd_.get()) != 0) fail("sync", path_, errno);
    }

    void begin_sync(std::uint64_t offset, std::uint64_t count) override {
        // Best effort: a file system that cannot do it does all of it in `sync`.
        ::sync_file_range(fd_.get(), static_cast<off_t>(offset), static_cast<off_t>(count),
                          SYNC_FILE_RANGE_WRITE);
    }

    void show_to_others() override {
        if (::fchmod(fd_.get(), 0644 & ~own_umask()) != 0 && errno != EPERM)
            fail("change mode of", path_, errno);
    }

    void set_mode(unsigned mode) override {
        if (::fchmod(fd_.get(), static_cast<mode_t>(mode)) != 0) {
            fail("change mode of", path_, errno);
        }
    }

private:
    Descriptor fd_;
    fs::path path_;
};

int flags_for(OpenFor what) {
    switch (what) {
        case OpenFor::reading:
            return O_RDONLY;
        case OpenFor::writing:
            return O_RDWR | O_CREAT;
        case OpenFor::making:
            break;
    }
    return O_RDWR | O_CREAT | O_EXCL;
}

class PosixDisk : public Disk {
public:
    std::unique_ptr<DiskFile> open(const fs::path& path, OpenFor what) override {
        const Descriptor folder(open_folder(path.parent_path()));
        return open_file(folder, path, what);
    }

    std::unique_ptr<DiskFile> open_below(const fs::path& folder, const fs::path& below) override {
        const auto inner = open_folder_below(folder, below.parent_path(), false);
        return open_file(inner, folder / below, OpenFor::reading);
    }

    static std::unique_ptr<DiskFile> open_file(const Descriptor& folder, const fs::path& path,
                                               OpenFor what) {
        const int flags = flags_for(what) | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
        Descriptor file(::openat(folder.get(), path.filename().c_str(), flags, 0600));
        if (file.get() < 0) fail("open", path, errno);
        struct stat facts {};
        if (::fstat(file.get(), &facts) != 0) fail("open", path, errno);
        if (!S_ISREG(facts.st_mode)) fail("open", path, EINVAL);
        return std::make_unique<PosixFile>(file.release(), path);
    }

    bool exists(const fs::path& path) override {
        struct stat facts {};
        return ::lstat(path.c_str(), &facts) == 0;
    }

    bool rename_new(const fs::path& from, const fs::path& to) override {
        const Descriptor source(open_folder(from.parent_path()));
        const Descriptor target(open_folder(to.parent_path()));
        const auto old_name = from.filename(), new_name = to.filename();
        if (::renameat2(source.get(), old_name.c_str(), target.get(), new_name.c_str(),
                        RENAME_NOREPLACE) == 0) {
            return true;
        }
        if (errno == EINVAL || errno == ENOSYS) {
            // File systems without RENAME_NOREPLACE. A crash in between leaves both names.
            if (::linkat(source.get(), old_name.c_str(), target.get(), new_name.c_str(), 0) == 0) {
                if (::unlinkat(source.get(), old_name.c_str(), 0) != 0) fail("remove", from, errno);
                return true;
            }
        }
        if (errno != EEXIST) fail("create", to, errno);
        return false;
    }

    bool link_new(const fs::path& from, const fs::path& to) override {
        const Descriptor source(open_folder(from.parent_path()));
        const Descriptor target(open_folder(to.parent_path()));
        const auto old_name = from.filename(), new_name = to.filename();
        if (::linkat(source.get(), old_name.c_str(), target.get(), new_name.c_str(), 0) == 0) {
            return true;
        }
        if (errno != EEXIST) fail("create", to, errno);
        return false;
    }

    void replace(const fs::path& from, const fs::path& to) override {
        const Descriptor source(open_folder(from.parent_path()));
        const Descriptor target(open_folder(to.parent_path()));
        if (::renameat(source.get(), from.filename().c_str(), target.get(),
                       to.filename().c_str()) != 0) {
            fail("create", to, errno);
        }
    }

    void remove(const fs::path& path) override {
        const int folder = ::open(path.parent_path().empty() ? "." : path.parent_path().c_str(),
                                  O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (folder < 0 && errno == ENOENT) return;
        if (folder < 0) fail("remove", path, errno);
        const Descriptor held(folder);
        if (::unlinkat(folder, path.filename().c_str(), 0) != 0 && errno != ENOENT) {
            fail("remove", path, errno);
        }
    }

    std::vector<std::string> list(const fs::path& folder) override {
        std::vector<std::string> names;
        std::error_code error;
        for (const auto& entry : fs::directory_iterator(folder, error)) {
            names.push_back(entry.path().filename().string());
        }
        if (error) fail("read", folder, error.value());
        return names;
    }

    void make_folders_below(const fs::path& folder, const fs::path& below) override {
        open_folder_below(folder, below, true);
    }

    bool make_folder(const fs::path& path, bool owner_only) override {
        std::error_code error;
        if (path.has_parent_path()) fs::create_directories(path.parent_path(), error);
        if (error) fail("create", path.parent_path(), error.value());
        if (::mkdir(path.c_str(), owner_only ? 0700 : 0777) == 0) return true;
        if (errno != EEXIST) fail("create", path, errno);
        const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0) fail("create", path, errno);
        const Descriptor folder(fd);
        struct stat facts {};
        if (::fstat(fd, &facts) != 0) fail("open", path, errno);
        // It holds replies and prompts.
        const bool wide = (facts.st_mode & 0077) != 0 && facts.st_uid == ::geteuid();
        if (owner_only && wide && ::fchmod(fd, 0700) != 0) fail("open", path, errno);
        return false;
    }

    // Some file systems cannot sync a folder (EINVAL); nothing more can be done about those.
    void sync_folder(const fs::path& path) override {
        const Descriptor folder(open_folder(path));
        if (::fsync(folder.get()) != 0 && errno != EINVAL && errno != EROFS) {
            fail("sync", path, errno);
        }
    }

    std::optional<DiskSpace> space(const fs::path& path) override {
        struct statvfs facts {};
        if (::statvfs(path.c_str(), &facts) != 0 || facts.f_blocks == 0) return std::nullopt;
        return DiskSpace{.free_bytes = std::uint64_t{facts.f_bavail} * facts.f_frsize,
                         .total_bytes = std::uint64_t{facts.f_blocks} * facts.f_frsize};
    }

    std::string boot() override {
        std::ifstream file("/proc/sys/kernel/random/boot_id");
        std::string id;
        std::getline(file, id);
        return id;
    }
};

}  // namespace

Disk& posix_disk() {
    static PosixDisk disk;
    return disk;
}

}  // namespace nightshift
