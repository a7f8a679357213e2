#include "base/failure.hpp"
#include "storage/sqlite/queue_builder.hpp"
#include "tests/fakes/scratch.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <vector>

using namespace nightshift;
using namespace nightshift::test;
namespace fs = std::filesystem;

namespace {

void add(Store& store, const std::string& id) {
    store.transact([&] {
        store.begin_load(1);
        store.add({.id = id,
                   .endpoint = "messages",
                   .model = "m",
                   .path = "/v1/messages",
                   .body = "{}",
                   .envelope = "{}",
                   .manifest = "a.jsonl",
                   .line = 1},
                  OnChange::error);
    });
}

std::vector<std::string> names_in(const fs::path& folder) {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder)) {
        names.push_back(entry.path().filename());
    }
    std::sort(names.begin(), names.end());
    return names;
}

using FileNames = std::vector<std::string>;

}  // namespace

TEST_CASE("a new queue has its name, and its tasks, once it is published") {
    const ScratchFolder folder;
    NewQueue fresh(folder.path() / "queue.db");
    add(fresh.store(), "one");
    CHECK(names_in(folder.path()) == FileNames{"queue.db.new"});

    fresh.publish();

    CHECK(names_in(folder.path()) == FileNames{"queue.db"});
    SqliteStore store(folder.path() / "queue.db", SqliteDb::Mode::read_write);
    CHECK(store.find("one").has_value());
    CHECK(fs::exists(folder.path() / "queue.db-wal"));
}

TEST_CASE("a queue that was published has the indexes of any other") {
    const auto indexes_of = [](const fs::path& path) {
        SqliteDb db(path, SqliteDb::Mode::read_only);
        Statement read(db, "SELECT sql FROM sqlite_schema WHERE type = 'index' ORDER BY name");
        std::vector<std::string> all;
        while (read.step()) all.emplace_back(read.text(0));
        return all;
    };
    const ScratchFolder folder;
    NewQueue fresh(folder.path() / "queue.db");
    add(fresh.store(), "one");
    fresh.publish();
    { const SqliteStore other(folder.path() / "other.db", SqliteDb::Mode::read_write); }

    CHECK(indexes_of(folder.path() / "queue.db").size() > 4);
    CHECK(indexes_of(folder.path() / "queue.db") == indexes_of(folder.path() / "other.db"));
}

TEST_CASE("a queue that was not published leaves nothing behind") {
    const ScratchFolder folder;
    {
        NewQueue fresh(folder.path() / "queue.db");
        add(fresh.store(), "one");
    }
    CHECK(names_in(folder.path()).empty());
}

TEST_CASE("a load that fails is rolled back, and the next may go on") {
    const ScratchFolder folder;
    NewQueue fresh(folder.path() / "queue.db");
    CHECK_THROWS_AS(fresh.store().transact([&] {
        fresh.store().set_meta("key", "value");
        throw UsageError("no");
    }),
                    UsageError);
    CHECK(fresh.store().meta("key").empty());

    add(fresh.store(), "two");
    fresh.publish();

    CHECK(SqliteStore(folder.path() / "queue.db", SqliteDb::Mode::read_only).find("two"));
}

TEST_CASE("what a dead process left of a new queue is not taken over") {
    const ScratchFolder folder;
    std::ofstream(folder.path() / "queue.db.new") << "half of a database";

    NewQueue fresh(folder.path() / "queue.db");
    add(fresh.store(), "one");
    fresh.publish();

    SqliteStore store(folder.path() / "queue.db", SqliteDb::Mode::read_only);
    CHECK(store.find("one").has_value());
}
