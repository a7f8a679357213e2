// Rows 76, 77 and 79: a queue that is locked, damaged, or on a disk of another machine.

#include "base/failure.hpp"
#include "base/run_lock.hpp"
#include "storage/sqlite/journal_mode.hpp"
#include "storage/sqlite/store.hpp"
#include "tests/faults/local.hpp"
#include "tests/storage/store_contract.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>
#include <sqlite3.h>

#include <csignal>
#include <fstream>
#include <optional>
#include <random>
#include <sys/wait.h>
#include <unistd.h>

using namespace nightshift;
using namespace nightshift::test;

namespace {

namespace fs = std::filesystem;

// A process of its own that begins a writing transaction and holds it until it is killed.
class Holder {
public:
    explicit Holder(const fs::path& database) {
        int ready[2];
        REQUIRE(pipe(ready) == 0);
        pid_ = fork();
        if (pid_ == 0) {
            sqlite3* db = nullptr;
            sqlite3_open(database.c_str(), &db);
            const bool held =
                sqlite3_exec(db, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr) == SQLITE_OK;
            if (write(ready[1], held ? "y" : "n", 1) == 1) pause();
            _exit(0);
        }
        char answer = 'n';
        REQUIRE(read(ready[0], &answer, 1) == 1);
        close(ready[0]);
        close(ready[1]);
        REQUIRE(answer == 'y');
    }
    ~Holder() {
        kill(pid_, SIGKILL);
        waitpid(pid_, nullptr, 0);
    }
    std::string name() const { return "is locked by pid " + std::to_string(pid_); }

private:
    pid_t pid_ = -1;
};

// A finished run of `count` tasks in a folder, as a master copy to damage.
struct Finished {
    explicit Finished(int count) {
        folder.file("m.jsonl", chat_lines(count));
        ReplayServer server([](const Seen&) { return chat_reply(std::string(2000, 'x')); });
        REQUIRE(run(folder.path(), {"run", "m.jsonl"}, pointing_at(server.base_url())).exit_code ==
                0);
        bytes = read_file(database());
        ledger = read_file(folder.path() / "m.run/ledger.jsonl");
    }
    fs::path database() const { return folder.path() / "m.run/.nightshift/queue.db"; }
    void put(const std::string& damaged) const {
        std::ofstream(database(), std::ios::binary | std::ios::trunc) << damaged;
    }
    ScratchFolder folder;
    std::string bytes, ledger;
};

int lines_of(const std::string& text) {
    return static_cast<int>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

TEST_CASE("fault row 76: a queue that another process locks is waited for, then exit 8 names it") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(4));
    folder.file("n.jsonl", chat_lines(4));
    Gate gate;
    ReplayServer server([&](const Seen&) {
        gate.pass();
        return chat_reply();
    });
    const auto environment = pointing_at(server.base_url());
    REQUIRE(run(folder.path(), {"run", "m.jsonl", "--limit", "0"}).exit_code == 0);
    // One is locked before its run starts, one while a request of it is in flight.
    Program under_way(folder.path(), {"run", "n.jsonl", "-j", "1"}, environment);
    REQUIRE(gate.wait_for(1));
    const Holder first(folder.path() / "m.run/.nightshift/queue.db");
    const Holder second(folder.path() / "n.run/.nightshift/queue.db");
    gate.open();
    Program starting(folder.path(), {"run", "-o", "m.run"}, environment);
    const auto refused = starting.wait();
    const auto stopped = under_way.wait();
    CHECK(refused.exit_code == 8);
    CHECK_MESSAGE(refused.err.find(first.name()) != std::string::npos, refused.err);
    CHECK(lines_of(refused.err) == 1);
    CHECK(stopped.exit_code == 8);
    CHECK_MESSAGE(stopped.err.find(second.name()) != std::string::npos, stopped.err);
    CHECK(server.seen().size() == 1);
}

TEST_CASE("fault row 76: after the lock is gone the same command goes on, and pays nothing twice") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(4));
    Gate gate;
    ReplayServer server([&](const Seen&) {
        gate.pass();
        return chat_reply();
    });
    Program program(folder.path(), {"run", "m.jsonl", "-j", "1"}, pointing_at(server.base_url()));
    REQUIRE(gate.wait_for(1));
    std::optional<Holder> holder(folder.path() / "m.run/.nightshift/queue.db");
    gate.open();
    const auto replies = folder.path() / "m.run/.nightshift/replies/1";
    REQUIRE(soon([&] { return fs::exists(replies) && fs::file_size(replies) > 0; }));
    holder.reset();  // within the ten seconds
    const auto ended = program.wait();
    CAPTURE(ended.err);
    CHECK(ended.exit_code == 0);
    CHECK(server.seen().size() == 4);
}

TEST_CASE("fault row 77: a queue that is no database is refused with one line, before any POST") {
    const Finished master(3);
    ReplayServer server([](const Seen&) { return chat_reply(); });
    const auto environment = pointing_at(server.base_url());
    std::string noise(master.bytes.size(), '\0');
    std::mt19937 random(7);
    for (auto& c : noise) c = static_cast<char>(random());
    for (const auto& damaged : {noise, std::string(5000, 'x'), master.bytes.substr(0, 8192 + 100),
                                std::string(100, '\0') + master.bytes.substr(100)}) {
        master.put(damaged);
        for (const std::string command : {"run", "status"}) {
            const auto arguments = command == "run" ? std::vector<std::string>{"run", "-o", "m.run"}
                                                    : std::vector<std::string>{"status", "m.run"};
            const auto ended = run(master.folder.path(), arguments, environment);
            CAPTURE(ended.err);
            CHECK(ended.exit_code == 7);
            CHECK(lines_of(ended.err) == 1);
            CHECK(ended.err.find("m.run/.nightshift/queue.db is damaged") != std::string::npos);
            CHECK(ended.err.find("ledger.jsonl still lists what finished") != std::string::npos);
        }
    }
    CHECK(server.seen().empty());
    const bool kept = read_file(master.folder.path() / "m.run/ledger.jsonl") == master.ledger;
    CHECK(kept);
}

TEST_CASE("fault row 77: damage anywhere ends in order: no crash, no bug, no lost ledger line") {
    const Finished master(40);
    ReplayServer server([](const Seen&) { return chat_reply(); });
    const auto environment = pointing_at(server.base_url());
    constexpr int page_bytes = 8192;
    REQUIRE(master.bytes.substr(16, 2) == std::string("\x20\0", 2));  // the page's size, big endian
    const int pages = static_cast<int>(master.bytes.size()) / page_bytes;
    std::mt19937 random(11);
    int noticed = 0;
    for (int round = 0; round < 60; ++round) {
        auto damaged = master.bytes;
        const auto page = static_cast<std::size_t>(random() % static_cast<unsigned>(pages));
        const auto from = page * page_bytes + (page == 0 ? 100 : 0) + random() % 200;
        for (std::size_t i = 0; i < 64; ++i) damaged[from + i] = static_cast<char>(random());
        if (round % 4 == 3) damaged.resize(page * page_bytes + random() % page_bytes + 1);
        master.put(damaged);
        const auto ended =
            run(master.folder.path(), {"run", "-o", "m.run", "--new-origin"}, environment);
        CAPTURE(round);
        CAPTURE(ended.err);
        const bool in_order = ended.exit_code == 0 || ended.exit_code == 1 ||
                              ended.exit_code == 3 || ended.exit_code == 7;
        CHECK(in_order);
        if (ended.exit_code == 7) ++noticed;
        const auto ledger = master.folder.path() / "m.run/ledger.jsonl";
        if (ended.exit_code == 7) CHECK(lines_of(read_file(ledger)) >= 40);
        master.folder.file("m.run/ledger.jsonl", master.ledger);
    }
    CHECK(noticed > 10);
    CHECK(server.seen().empty());  // what is done is never done again because of it
}

TEST_CASE("fault row 77: a lost write-ahead log is noticed: the ledger knows more than the queue") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(40));
    Gate gate;
    int given = 0;
    ReplayServer server([&](const Seen&) {
        if (++given == 20) gate.pass();
        return chat_reply();
    });
    const auto environment = pointing_at(server.base_url());
    {
        Program program(folder.path(), {"run", "m.jsonl", "-j", "1"}, environment);
        REQUIRE(gate.wait_for(1));
        program.signal(SIGKILL);
        program.wait();
    }
    gate.open();
    const auto before = read_file(folder.path() / "m.run/ledger.jsonl");
    REQUIRE(lines_of(before) == 19);
    fs::remove(folder.path() / "m.run/.nightshift/queue.db-wal");
    const auto ended = run(folder.path(), {"run", "m.jsonl"}, environment);
    CAPTURE(ended.err);
    CHECK(ended.exit_code == 7);
    CHECK(ended.err.find("queue.db-wal") != std::string::npos);
    CHECK(server.seen().size() == 20);
    const bool kept = read_file(folder.path() / "m.run/ledger.jsonl") == before;
    CHECK(kept);
}

TEST_CASE("fault row 79: file systems of other machines are told by their numbers") {
    for (const long magic :
         {0x6969L, 0xFF534D42L, 0xFE534D42L, 0x517BL, 0x01021997L, 0x65735546L}) {
        CHECK_FALSE(network_file_system(magic).empty());
    }
    CHECK(network_file_system(0x6969) == "NFS");
    CHECK(network_file_system(static_cast<int>(0xFF534D42u)) == "CIFS");  // as 32 bits have it
    // ext4, xfs, btrfs, tmpfs, overlay, f2fs, zfs
    for (const long magic :
         {0xEF53L, 0x58465342L, 0x9123683EL, 0x01021994L, 0x794C7630L, 0xF2F52010L, 0x2FC12FC1L}) {
        CHECK(network_file_system(magic).empty());
    }
    const ScratchFolder folder;
    CHECK(journal_for(folder.path() / "not/yet/there") == Journal::wal);
}

TEST_CASE("fault row 79: without a write-ahead log the queue keeps all that it promises") {
    const ScratchFolder folder;
    const auto path = folder.path() / "q.db";
    std::optional<SqliteStore> store;
    store.emplace(path, SqliteDb::Mode::read_write, SqliteOptions{.journal = Journal::rollback});
    load(*store, {task_named("a"), task_named("b")});
    CHECK_FALSE(fs::exists(path.string() + "-wal"));
    auto rows = claim_all(*store);
    REQUIRE(rows.size() == 2);
    store->transact([&] { store->intend(rows[0].row, 1, 1); });
    store->transact([&] { store->end(success_of(rows[0])); });
    CHECK_THROWS_AS(store->transact([&] {
        store->set_meta("k", "v");
        throw StorageError("no");
    }),
                    StorageError);
    CHECK(store->meta("k").empty());
    {
        SqliteStore reader(path, SqliteDb::Mode::read_only);
        CHECK(reader.find("a")->row.state == State::succeeded);
    }
    // The same file on a local disk again, and back.
    store.reset();
    store.emplace(path, SqliteDb::Mode::read_write, SqliteOptions{.journal = Journal::wal});
    CHECK(claim_all(*store).size() == 1);
    store.reset();
    store.emplace(path, SqliteDb::Mode::read_write, SqliteOptions{.journal = Journal::rollback});
    CHECK(store->find("a")->row.state == State::succeeded);
    CHECK(integrity_of(path) == "ok");
}
