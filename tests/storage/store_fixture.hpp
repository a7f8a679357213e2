// A queue in a folder of its own, for one test case, and what tests do with its rows.

#pragma once

#include "storage/sqlite/store.hpp"
#include "tests/storage/store_contract.hpp"

#include <cstdlib>
#include <filesystem>
#include <memory>

namespace nightshift::test {

struct StoreFixture {
    StoreFixture() {
        auto pattern = (std::filesystem::temp_directory_path() / "store-XXXXXX").string();
        path = mkdtemp(pattern.data());
        open();
    }
    ~StoreFixture() {
        store.reset();
        std::filesystem::remove_all(path);
    }
    void open() {
        // Set for a second run of them all: without a write-ahead log.
        const bool rollback = std::getenv("NIGHTSHIFT_TEST_ROLLBACK_JOURNAL") != nullptr;
        const auto journal = rollback ? Journal::rollback : Journal::wal;
        store = std::make_unique<SqliteStore>(path / "q.db", SqliteDb::Mode::read_write,
                                              SqliteOptions{.journal = journal});
    }
    // As after kill -9: no orderly close, everything from the file.
    void reopen() {
        store.reset();
        open();
    }
    std::int64_t count(State state) {
        std::int64_t sum = 0;
        for (const auto& row : store->counts()) {
            if (row.state == state) sum += row.count;
        }
        return sum;
    }

    std::filesystem::path path;
    std::unique_ptr<SqliteStore> store;
};

inline bool intend(Store& store, const Row& row, std::int64_t number = 1) {
    bool armed = false;
    store.transact([&] { armed = store.intend(row.row, number, 1); });
    return armed;
}

inline bool end(Store& store, const Ending& ending) {
    bool written = false;
    store.transact([&] { written = store.end(ending); });
    return written;
}

// An ending that leads back to the queue.
inline Ending again_of(const Row& row, std::int64_t number = 1) {
    auto again = success_of(row, number);
    again.state = State::pending;
    again.finished_at = 0;
    return again;
}

}  // namespace nightshift::test
