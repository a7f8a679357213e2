// Queues of older versions: what they held is there after the upgrade, and before it for readers.

#include "storage/sqlite/upgrade.hpp"

#include "base/failure.hpp"
#include "storage/sqlite/schema.hpp"
#include "storage/sqlite/store.hpp"
#include "tests/fakes/scratch.hpp"
#include "tests/storage/store_contract.hpp"

#include <doctest/doctest.h>

using namespace nightshift;
using namespace nightshift::test;

namespace {

// The tables of version 1, to the letter.
constexpr const char* version_1 = R"sql(
CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE lane (
    lane     INTEGER PRIMARY KEY,
    endpoint TEXT NOT NULL,
    model    TEXT NOT NULL,
    UNIQUE (endpoint, model)
) STRICT;

-- Rows of each lane and state, kept by the same transactions that move them.
CREATE TABLE tally (
    lane  INTEGER NOT NULL,
    state INTEGER NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (lane, state)
) STRICT, WITHOUT ROWID;

-- state: 0 pending, 1 running (intent durable), 2 submitted, 3 succeeded, 4 failed, 5 held,
-- 6 cancelled. tries: intents ever made (fencing token). attempts: POSTs made. failures: attempts
-- used up since the last `retry`. ledger: sequence number of its latest ledger line.
CREATE TABLE task (
    row          INTEGER PRIMARY KEY,
    id           TEXT NOT NULL,
    lane         INTEGER NOT NULL,
    state        INTEGER NOT NULL CHECK (state BETWEEN 0 AND 6),
    priority     INTEGER NOT NULL,
    ready_at     INTEGER NOT NULL DEFAULT 0,
    tries        INTEGER NOT NULL DEFAULT 0,
    attempts     INTEGER NOT NULL DEFAULT 0,
    failures     INTEGER NOT NULL DEFAULT 0,
    maybe_billed INTEGER NOT NULL DEFAULT 0,
    intended_at  INTEGER NOT NULL DEFAULT 0,
    started_at   INTEGER NOT NULL DEFAULT 0,
    submitted_at INTEGER NOT NULL DEFAULT 0,
    finished_at  INTEGER NOT NULL DEFAULT 0,
    ledger       INTEGER NOT NULL DEFAULT 0,
    error_kind   TEXT NOT NULL DEFAULT '',
    flags        TEXT NOT NULL DEFAULT '',
    cost         REAL NOT NULL DEFAULT 0,
    CHECK ((state >= 3) = (finished_at > 0)),
    CHECK (state <> 1 OR tries > 0)
) STRICT;
CREATE UNIQUE INDEX task_id ON task (id);
CREATE INDEX task_runnable ON task (lane, priority DESC, row) WHERE state = 0;
CREATE INDEX task_waiting ON task (ready_at) WHERE state = 0 AND ready_at > 0;
CREATE INDEX task_active ON task (state, row) WHERE state IN (1, 2, 4, 5, 6);

CREATE TABLE manifest (
    manifest INTEGER PRIMARY KEY,
    name     TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE body (
    row       INTEGER PRIMARY KEY,
    path      TEXT NOT NULL,
    stream    INTEGER NOT NULL,
    body      TEXT NOT NULL,
    envelope  TEXT NOT NULL,
    manifest  INTEGER NOT NULL,
    line      INTEGER NOT NULL,
    queued_at INTEGER NOT NULL,
    load      INTEGER NOT NULL
) STRICT;

CREATE TABLE attempt (
    row          INTEGER NOT NULL,
    number       INTEGER NOT NULL,
    started_at   INTEGER NOT NULL,
    ended_at     INTEGER NOT NULL,
    http_status  INTEGER NOT NULL,
    request_id   TEXT NOT NULL,
    verdict      TEXT NOT NULL,
    code         TEXT NOT NULL,
    message      TEXT NOT NULL,
    maybe_billed INTEGER NOT NULL,
    sent         INTEGER NOT NULL,
    PRIMARY KEY (row, number)
) STRICT, WITHOUT ROWID;

-- What a task must remember over a crash: its remote id and the like.
CREATE TABLE note (
    row   INTEGER NOT NULL,
    key   TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (row, key)
) STRICT, WITHOUT ROWID;

-- One line per terminal state reached, in order of finishing; ledger.jsonl is its projection.
CREATE TABLE ledger (
    seq   INTEGER PRIMARY KEY,
    row   INTEGER NOT NULL,
    line  TEXT NOT NULL,
    reply TEXT NOT NULL
) STRICT;
)sql";

// One task in each state that a run leaves: pending, running, submitted, succeeded.
constexpr const char* tasks_of_version_1 = R"sql(
INSERT INTO meta VALUES ('origin', 'https://gateway.example');
INSERT INTO lane VALUES (1, 'chat_completions', 'gpt-5.4');
INSERT INTO tally VALUES (1, 0, 1), (1, 1, 1), (1, 2, 1), (1, 3, 1);
INSERT INTO manifest VALUES (1, 'm.jsonl');
INSERT INTO task (row, id, lane, state, priority, tries, attempts, finished_at, ledger, cost)
VALUES (1, 'a', 1, 0, 0, 0, 0, 0, 0, 0), (2, 'b', 1, 1, 0, 1, 1, 0, 0, 0),
       (3, 'c', 1, 2, 0, 1, 1, 0, 0, 0), (4, 'd', 1, 3, 0, 1, 1, 9, 1, 0.25);
INSERT INTO body VALUES (1, '/v1/chat/completions', 0, '{}', '{}', 1, 1, 5, 1),
                        (2, '/v1/chat/completions', 0, '{}', '{}', 1, 2, 5, 1),
                        (3, '/v1/chat/completions', 0, '{}', '{}', 1, 3, 5, 1),
                        (4, '/v1/chat/completions', 0, '{}', '{}', 1, 4, 5, 1);
INSERT INTO attempt VALUES (4, 1, 6, 9, 200, 'r', 'ok', '', '', 0, 1);
INSERT INTO note VALUES (3, 'remote_id', 'task_1');
INSERT INTO ledger VALUES (1, 4, '{"id":"d"}', '{"choices":[]}');
PRAGMA user_version = 1;
)sql";

class OldQueue {
public:
    OldQueue() {
        SqliteDb db(path(), SqliteDb::Mode::read_write);
        db.run("PRAGMA journal_mode = WAL");
        db.run(version_1);
        db.run(tasks_of_version_1);
    }
    std::filesystem::path path() const { return folder_.path() / "queue.db"; }
    std::int64_t version() const {
        SqliteDb db(path(), SqliteDb::Mode::read_only);
        return schema_version_of(db);
    }

private:
    ScratchFolder folder_;
};

// What a queue holds, whoever asks.
void check_whole(SqliteStore& store) {
    CHECK(store.counts().size() == 4);
    CHECK(store.meta("origin") == "https://gateway.example");
    CHECK(store.unfinished(State::running).at(0).id == "b");
    CHECK(store.unfinished(State::submitted).at(0).notes.at("remote_id") == "task_1");
    const auto done = store.find("d");
    REQUIRE(done);
    CHECK(done->row.line == 4);
    CHECK(done->row.cost == 0.25);
    CHECK(done->row.estimate == Estimate{});
    CHECK(done->attempts.size() == 1);
    CHECK(done->ledger_line == "{\"id\":\"d\"}");
    CHECK(done->reply == "{\"choices\":[]}");
}

}  // namespace

TEST_CASE("a queue of version 1 is brought up to date when it is opened for writing") {
    const OldQueue queue;
    {
        SqliteStore store(queue.path(), SqliteDb::Mode::read_write);
        check_whole(store);
    }
    CHECK(queue.version() == sqlite_schema_version);
    SqliteStore store(queue.path(), SqliteDb::Mode::read_write);
    check_whole(store);
    const auto rows = claim_all(store);
    REQUIRE(rows.size() == 1);
    CHECK(store.spent().cost == 0.25);
    bool armed = false;
    store.transact([&] { armed = store.intend(rows[0].row, 1, 7); });
    CHECK(armed);
    store.transact([&] { store.end(success_of(rows[0])); });
    CHECK(store.find("a")->row.state == State::succeeded);
}

TEST_CASE("a queue that was brought up to date has the indexes of one made today") {
    const auto indexes_of = [](const std::filesystem::path& path) {
        { SqliteStore store(path, SqliteDb::Mode::read_write); }
        SqliteDb db(path, SqliteDb::Mode::read_only);
        Statement read(db, "SELECT sql FROM sqlite_master WHERE type = 'index' ORDER BY name");
        std::string all;
        while (read.step()) all.append(read.text(0)).append("\n");
        return all;
    };
    const OldQueue queue;
    const ScratchFolder folder;
    CHECK(indexes_of(queue.path()) == indexes_of(folder.path() / "fresh.db"));
}

TEST_CASE("a queue of version 1 is read as it is by whoever only looks") {
    const OldQueue queue;
    {
        SqliteStore store(queue.path(), SqliteDb::Mode::read_only);
        check_whole(store);
        CHECK_THROWS_AS(store.transact([&] { store.set_meta("k", "v"); }), StorageError);
    }
    CHECK(queue.version() == 1);
}

TEST_CASE("a manifest that is loaded again brings the estimates that an old queue lacks") {
    const OldQueue queue;
    SqliteStore store(queue.path(), SqliteDb::Mode::read_write);
    auto task = task_named("a");
    task.estimate = {
        .input_tokens = 7, .output_tokens_max = 8, .images = 1, .seconds = 2.5, .characters = 9};
    Selection bare;
    bare.without_estimate = true;
    CHECK(store.count_of(bare) == 4);
    load(store, {task});
    CHECK(store.count_of(bare) == 3);
    CHECK(store.find("a")->row.estimate == task.estimate);
    CHECK(store.find("b")->row.estimate == Estimate{});
}

TEST_CASE("fault row 12: an upgrade that fails on its way changes nothing") {
    const OldQueue queue;
    {
        SqliteDb db(queue.path(), SqliteDb::Mode::read_write);
        db.run("ALTER TABLE body ADD COLUMN characters INTEGER");  // the last step will fail
    }
    CHECK_THROWS_AS(SqliteStore(queue.path(), SqliteDb::Mode::read_write), StorageError);
    CHECK(queue.version() == 1);
    SqliteDb db(queue.path(), SqliteDb::Mode::read_only);
    Statement columns(db, "SELECT count(*) FROM pragma_table_info('body')");
    REQUIRE(columns.step());
    CHECK(columns.integer(0) == 9 + 1);
}

TEST_CASE("a queue that was upgraded has the tables of one that was made today") {
    const OldQueue queue;
    const ScratchFolder folder;
    { const SqliteStore upgraded(queue.path(), SqliteDb::Mode::read_write); }
    { const SqliteStore made(folder.path() / "queue.db", SqliteDb::Mode::read_write); }
    const auto columns_of = [](const std::filesystem::path& path) {
        SqliteDb db(path, SqliteDb::Mode::read_only);
        Statement read(db,
                       "SELECT t.name || '.' || c.name || ' ' || c.type || ' ' || c.\"notnull\" || "
                       "' ' || coalesce(c.dflt_value, '') FROM sqlite_schema t JOIN "
                       "pragma_table_info(t.name) c WHERE t.type = 'table' ORDER BY t.name, c.cid");
        std::vector<std::string> columns;
        while (read.step()) columns.emplace_back(read.text(0));
        return columns;
    };
    const auto made = columns_of(folder.path() / "queue.db");
    CHECK(made.size() > 40);
    CHECK(columns_of(queue.path()) == made);
}
