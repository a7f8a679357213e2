#include "storage/sqlite/queue_builder.hpp"

#include "base/disk.hpp"

#include <utility>

namespace nightshift {

NewQueue::NewQueue(std::filesystem::path path) : path_(std::move(path)), making_(making(path_)) {
    remove();
    store_ = std::make_unique<SqliteStore>(
        making_, SqliteDb::Mode::read_write,
        SqliteOptions{.journal = Journal::memory, .for_loading = true});
}

NewQueue::~NewQueue() {
    if (published_) return;
    try {
        remove();
    } catch (const StorageError&) {
        return;  // the next one removes it
    }
}

std::filesystem::path NewQueue::making(const std::filesystem::path& path) {
    return path.string() + ".new";
}

void NewQueue::publish() {
    store_->make_indexes();
    store_.reset();
    auto& disk = posix_disk();
    disk.open(making_, OpenFor::writing)->sync();
    disk.replace(making_, path_);
    disk.sync_folder(path_.parent_path());
    published_ = true;
}

void NewQueue::remove() {
    store_.reset();
    posix_disk().remove(making_);
}

}  // namespace nightshift
