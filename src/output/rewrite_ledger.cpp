// ledger.jsonl, made anew of the queue's lines. The confirmed length is told last: until then the
// old one holds, which every prefix of the new file meets as well as the old file did.

#include "core/failure.hpp"
#include "output/verify.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace nightshift {
namespace {

constexpr int lines_per_batch = 1000;

[[noreturn]] void fail(const std::string& operation, const std::filesystem::path& path) {
    throw StorageError(operation + " " + path.string() + ": " + std::strerror(errno));
}

class NewFile {
public:
    explicit NewFile(std::filesystem::path path) : path_(std::move(path)) {
        fd_ = open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
        if (fd_ < 0) fail("create", path_);
    }
    ~NewFile() { close(fd_); }
    NewFile(const NewFile&) = delete;
    NewFile& operator=(const NewFile&) = delete;

    void write(std::string_view bytes) {
        while (!bytes.empty()) {
            const auto written = ::write(fd_, bytes.data(), bytes.size());
            if (written < 0 && errno == EINTR) continue;
            if (written < 0) fail("write", path_);
            bytes.remove_prefix(static_cast<std::size_t>(written));
        }
    }
    void sync() const {
        if (fsync(fd_) != 0) fail("sync", path_);
    }

private:
    std::filesystem::path path_;
    int fd_ = -1;
};

void sync_folder(const std::filesystem::path& path) {
    const int fd = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) fail("open", path);
    const bool synced = fsync(fd) == 0 || errno == EINVAL;
    close(fd);
    if (!synced) fail("sync", path);
}

}  // namespace

void rewrite_ledger(const RunFolders& folders, Store& store) {
    const auto aside = folders.hidden() / "ledger.part";
    std::int64_t seq = 0;
    std::uint64_t bytes = 0;
    {
        NewFile file(aside);
        for (;;) {
            const auto lines = store.ledger_after(seq, lines_per_batch);
            if (lines.empty()) break;
            std::string block;
            for (const auto& line : lines) block.append(line.text).append(1, '\n');
            file.write(block);
            bytes += block.size();
            seq = lines.back().seq;
        }
        file.sync();
    }
    if (rename(aside.c_str(), folders.ledger().c_str()) != 0) fail("replace", folders.ledger());
    sync_folder(folders.root);
    store.transact([&] {
        store.set_meta("ledger_seq", std::to_string(seq));
        store.set_meta("ledger_bytes", std::to_string(bytes));
    });
}

}  // namespace nightshift
