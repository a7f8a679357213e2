// The queue's tables. A narrow state row per task (`task`), what never changes beside it (`body`),
// and append-only rows for what happened (`attempt`, `ledger`). Times are Unix milliseconds.
// Whoever changes a table writes the step from the version before: storage/sqlite/upgrade.cpp.

#pragma once

namespace nightshift {

inline constexpr int sqlite_schema_version = 5;

inline constexpr const char* sqlite_tables = R"sql(
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
-- used up since the last `retry`. ledger: sequence number of its latest ledger line. An intent may
-- stand in `intent` alone: then the row is pending still (view `under_way`).
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

-- The intents of one transaction, until the last of them has ended, as JSON: [[row, number, at],
-- ...]. To write each into its task and its task's indexes would cost more than all the rest.
CREATE TABLE intent (
    turn INTEGER PRIMARY KEY,
    rows TEXT NOT NULL
) STRICT;

-- Tasks that are running though their rows say pending.
CREATE VIEW under_way AS
SELECT t.row AS row, i.number AS number, i.at AS at
FROM (SELECT json_extract(e.value, '$[0]') AS row, json_extract(e.value, '$[1]') AS number,
             json_extract(e.value, '$[2]') AS at
      FROM intent, json_each(intent.rows) e) i
CROSS JOIN task t ON t.row = i.row
WHERE t.state = 0 AND t.tries < i.number;

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
    load      INTEGER NOT NULL,
    -- What the task will roughly ask for (model/price.hpp).
    input_tokens      INTEGER NOT NULL DEFAULT 0,
    output_tokens_max INTEGER NOT NULL DEFAULT 0,
    images            INTEGER NOT NULL DEFAULT 0,
    seconds           REAL    NOT NULL DEFAULT 0,
    characters        INTEGER NOT NULL DEFAULT 0
) STRICT;

-- What attempts were, but for one that ended its task: that one stands with the ledger line, until
-- the task is queued again.
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

-- One line per terminal state reached, in order of finishing; ledger.jsonl is its projection. With
-- it the attempt that led there; number 0: none did.
CREATE TABLE ledger (
    seq          INTEGER PRIMARY KEY,
    row          INTEGER NOT NULL,
    line         TEXT NOT NULL,
    reply        TEXT NOT NULL,
    number       INTEGER NOT NULL DEFAULT 0,
    started_at   INTEGER NOT NULL DEFAULT 0,
    ended_at     INTEGER NOT NULL DEFAULT 0,
    http_status  INTEGER NOT NULL DEFAULT 0,
    request_id   TEXT    NOT NULL DEFAULT '',
    verdict      TEXT    NOT NULL DEFAULT '',
    code         TEXT    NOT NULL DEFAULT '',
    message      TEXT    NOT NULL DEFAULT '',
    maybe_billed INTEGER NOT NULL DEFAULT 0,
    sent         INTEGER NOT NULL DEFAULT 0
) STRICT;
)sql";

// What a queue is worked on with. While a manifest is loaded they would only cost.
inline constexpr const char* sqlite_work_indexes = R"sql(
CREATE INDEX task_runnable ON task (lane, priority DESC, row) WHERE state = 0;
CREATE INDEX task_waiting ON task (ready_at) WHERE state = 0 AND ready_at > 0;
-- What is under way or wants a look. Not `IN (1, 2, ...)`: SQLite would build that list anew for
-- each row it writes.
CREATE INDEX task_active ON task (state, row) WHERE state <> 0 AND state <> 3;
)sql";

}  // namespace nightshift
