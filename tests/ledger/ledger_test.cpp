#include "ledger/ledger.hpp"

#include "base/failure.hpp"
#include "storage/sqlite/store.hpp"
#include "tests/simulation/sim_disk.hpp"

#include <doctest/doctest.h>

using namespace nightshift;
using nightshift::test::SimDisk;

namespace {

// A queue with lines that its ledger file does not have yet.
struct Place {
    Place() : store(":memory:", SqliteDb::Mode::read_write) {
        folders.root = "/x.run";
        folders.disk = &disk;
        store.transact([&] {
            store.begin_load(1);
            for (const auto* id : {"a", "b"}) {
                NewTask task;
                task.id = id;
                task.endpoint = "chat_completions";
                task.model = "gpt-5.4";
                store.add(task, OnChange::skip);
            }
        });
    }

    void finish(std::int64_t row, const std::string& line) {
        Ending ending;
        ending.attempt.row = row;
        ending.has_attempt = false;
        ending.state = State::failed;
        ending.finished_at = 1;
        ending.ledger_line = line;
        store.transact([&] { store.end(ending); });
    }

    std::string text() { return disk.files_below("/x.run")["ledger.jsonl"]; }

    SimDisk disk{1};
    RunFolders folders;
    SqliteStore store;
};

}  // namespace

TEST_CASE("a line that the disk refused is never passed over") {
    Place place;
    {
        Ledger ledger(place.folders, place.store);
        place.finish(1, R"({"id":"a"})");
        place.disk.fail_after(1);
        CHECK_THROWS_AS(ledger.append(place.store.take_committed()), StorageError);
        place.finish(2, R"({"id":"b"})");
        ledger.append(place.store.take_committed());
        ledger.sync();
    }

    CHECK(place.text() == "{\"id\":\"a\"}\n{\"id\":\"b\"}\n");
}

TEST_CASE("a line that was not confirmed is cut off and written again, once") {
    Place place;
    {
        Ledger ledger(place.folders, place.store);
        place.finish(1, R"({"id":"a"})");
        ledger.append(place.store.take_committed());
        place.finish(2, R"({"id":"b"})");
        place.disk.stop_after(1);
        CHECK_THROWS_AS(ledger.append(place.store.take_committed()), StorageError);
    }
    place.disk.crash(SimDisk::Crash::killed);

    const Ledger ledger(place.folders, place.store);

    CHECK(place.text() == "{\"id\":\"a\"}\n{\"id\":\"b\"}\n");
}

TEST_CASE(
    "fault row 119: what a power cut left of a first line is cut, and a foreign file is kept") {
    const std::string line = "{\"id\":\"" + std::string(1500, 'a') + "\"}";
    const std::string second = "{\"id\":\"b\"}";
    const auto begin_with = [&](const std::string& text) {
        Place place;
        place.finish(1, line);
        place.finish(2, second);
        place.disk.open(place.folders.ledger(), OpenFor::writing)->write(0, text);
        const Ledger ledger(place.folders, place.store);
        return place.text();
    };
    const std::string whole = line + "\n" + second + "\n";
    CHECK(begin_with("") == whole);
    CHECK(begin_with(whole.substr(0, 700)) == whole);
    CHECK(begin_with(std::string(700, '\0')) == whole);
    CHECK(begin_with(std::string(5000, '\0')) == whole);
    CHECK(begin_with(std::string(512, '\0') + whole.substr(512)) == whole);
    CHECK(begin_with(std::string(line.size() + 1, '\0') + second + "\n") == whole);
    // Zeros prove nothing: what lies behind them may be the user's.
    CHECK_THROWS_AS(begin_with(std::string(5000, '\0') + "thesis"), UsageError);
    CHECK_THROWS_AS(begin_with(std::string(100, '\0') + whole.substr(100)), UsageError);
    CHECK_THROWS_AS(begin_with("thesis"), UsageError);
}
