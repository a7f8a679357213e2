// A queue in the making: loaded under another name, with its journal in memory, synced as a whole,
// and given its name at the end. Until then the run directory has none, as a load is all or
// nothing; what a process that died left of one is removed by the next.

#pragma once

#include "storage/sqlite/store.hpp"

namespace nightshift {

class NewQueue {
public:
    // `path` is the queue's name and is free. The caller has the run lock. Throws StorageError.
    explicit NewQueue(std::filesystem::path path);
    ~NewQueue();  // removes what was not published
    NewQueue(const NewQueue&) = delete;
    NewQueue& operator=(const NewQueue&) = delete;

    // Where it lies until then; there without a process: left of one that died.
    static std::filesystem::path making(const std::filesystem::path& path);

    Store& store() { return *store_; }
    // Durable and under its name from here on; the store is closed.
    void publish();

private:
    void remove();

    std::filesystem::path path_, making_;
    std::unique_ptr<SqliteStore> store_;
    bool published_ = false;
};

}  // namespace nightshift
