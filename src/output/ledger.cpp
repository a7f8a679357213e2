#include "output/ledger.hpp"

#include "core/failure.hpp"
#include "output/ledger_tail.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

namespace nightshift {
namespace {

constexpr int lines_per_batch = 1000;

[[noreturn]] void fail(const std::string& operation, const std::string& path) {
    throw StorageError(operation + " " + path + ": " + std::strerror(errno));
}

void write_all(int fd, std::string_view bytes, const std::string& path) {
    while (!bytes.empty()) {
        const auto written = write(fd, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) fail("write", path);
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
}

std::int64_t number(const std::string& text) {
    return text.empty() ? 0 : std::stoll(text);
}

}  // namespace

Ledger::Ledger(const RunFolders& folders, Store& store)
    : path_(folders.ledger().string()), store_(store) {
    fd_ = open(path_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd_ < 0) fail("open", path_);
    try {
        cut_to_confirmed();
        append_missing();
        sync();
    } catch (...) {
        close(fd_);
        throw;
    }
}

Ledger::~Ledger() {
    close(fd_);
}

void Ledger::cut_to_confirmed() {
    seq_ = number(store_.meta("ledger_seq"));
    bytes_ = static_cast<std::uint64_t>(number(store_.meta("ledger_bytes")));
    struct stat facts {};
    if (fstat(fd_, &facts) != 0) fail("stat", path_);
    if (static_cast<std::uint64_t>(facts.st_size) < bytes_) {
        seq_ = 0;  // somebody shortened it: written anew from the queue
        bytes_ = 0;
    }
    check_tail({.fd = fd_,
                .from = bytes_,
                .size = static_cast<std::uint64_t>(facts.st_size),
                .path = path_},
               store_, seq_);
    if (ftruncate(fd_, static_cast<off_t>(bytes_)) != 0) fail("truncate", path_);
    synced_seq_ = seq_;
}

void Ledger::append_missing() {
    for (;;) {
        const auto lines = store_.ledger_after(seq_, lines_per_batch);
        if (lines.empty()) return;
        append(lines);
    }
}

// A failed write leaves the file behind the queue, perhaps with half a line: the next append mends
// that first, so that no line is left out.
void Ledger::append(const std::vector<Store::LedgerLine>& lines) {
    if (behind_) {
        if (ftruncate(fd_, static_cast<off_t>(bytes_)) != 0) fail("truncate", path_);
        behind_ = false;
        return append_missing();
    }
    std::string block;
    for (const auto& line : lines) {
        if (line.seq <= seq_) continue;
        block.append(line.text).append(1, '\n');
    }
    if (block.empty()) return;
    behind_ = true;
    write_all(fd_, block, path_);
    behind_ = false;
    seq_ = lines.back().seq;
    bytes_ += block.size();
}

void Ledger::sync() {
    if (seq_ == synced_seq_) return;
    if (fdatasync(fd_) != 0) fail("fsync", path_);
    store_.transact([&] {
        store_.set_meta("ledger_seq", std::to_string(seq_));
        store_.set_meta("ledger_bytes", std::to_string(bytes_));
    });
    synced_seq_ = seq_;
}

}  // namespace nightshift
