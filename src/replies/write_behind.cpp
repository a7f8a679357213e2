#include "replies/write_behind.hpp"

#include <algorithm>
#include <utility>

namespace nightshift {
namespace {

constexpr std::size_t follow_bytes = 64u << 10;  // worth waking a worker for
constexpr std::uint64_t read_bytes = 48u << 10;  // at once; a multiple of three

}  // namespace

WriteBehind::WriteBehind(Disk& disk, std::filesystem::path path, std::shared_ptr<WriteRoom> room)
    : disk_(disk), path_(std::move(path)), room_(std::move(room)) {}

WriteBehind::~WriteBehind() {
    abandon();
}

bool WriteBehind::add(std::string piece, std::size_t bytes) {
    if (refused_) {
        write_waiting();
        refused_ = false;
    }
    room_->take(bytes);
    std::size_t queued = 0;
    {
        const std::lock_guard lock(queue_mutex_);
        queue_.push_back({std::move(piece), bytes});
        queued = queued_bytes_ += bytes;
    }
    if (room_->is_full()) follow();
    return queued >= follow_bytes && !following_.exchange(true);
}

void WriteBehind::follow() {
    try {
        write_waiting();
        refused_ = false;
    } catch (const StorageError&) {
        refused_ = true;
    }
    following_ = false;
}

void WriteBehind::write_waiting() {
    const std::lock_guard lock(file_mutex_);
    for (;;) {
        Piece* next = nullptr;  // adding leaves it where it is
        {
            const std::lock_guard queue_lock(queue_mutex_);
            if (queue_.empty()) return;
            next = &queue_.front();
        }
        write(*next);
        const auto bytes = next->bytes;
        room_->give_back(std::move(next->memory), bytes);
        const std::lock_guard queue_lock(queue_mutex_);
        queued_bytes_ -= bytes;
        queue_.pop_front();
    }
}

DiskFile& WriteBehind::file() {
    if (!file_) file_ = disk_.open(path_, OpenFor::making);
    return *file_;
}

void WriteBehind::write(const Piece& piece) {
    if (abandoned_) return;
    file().write(written_bytes_, piece.text());
    written_bytes_ += piece.bytes;
    digest_.update(piece.text());
}

std::string WriteBehind::finish() {
    write_waiting();
    const std::lock_guard lock(file_mutex_);
    file().sync();
    file_.reset();
    return digest_.hex();
}

void WriteBehind::abandon() {
    {
        const std::lock_guard lock(file_mutex_);
        abandoned_ = true;
    }
    write_waiting();
}

void WriteBehind::give(const std::function<void(std::string_view)>& to) {
    const std::lock_guard lock(file_mutex_);
    std::string bytes;
    const auto file = written_bytes_ > 0 ? disk_.open(path_, OpenFor::reading) : nullptr;
    for (std::uint64_t done = 0; done < written_bytes_; done += bytes.size()) {
        bytes.resize(std::min(written_bytes_ - done, read_bytes));
        if (file->read(done, bytes.data(), bytes.size()) != bytes.size()) {
            throw StorageError("read " + path_.string() + ": it is shorter than it was");
        }
        to(bytes);
    }
    const std::lock_guard queue_lock(queue_mutex_);
    for (const auto& piece : queue_) to(piece.text());
}

}  // namespace nightshift
