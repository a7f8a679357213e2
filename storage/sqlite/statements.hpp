// The prepared statements of the queue, by the verb they serve.

#pragma once

#include "storage/sqlite/store.hpp"

namespace nightshift {

// The columns that `SqliteStore::row_of` reads, in its order.
#define NIGHTSHIFT_ROW_COLUMNS                                                               \
    "t.row, t.lane, t.id, l.endpoint, l.model, b.path, b.body, b.envelope, m.name, b.line, " \
    "b.stream, t.state, t.tries, t.attempts, t.failures, t.maybe_billed, b.queued_at, "      \
    "t.started_at, t.submitted_at, t.ready_at, b.input_tokens, b.output_tokens_max, "        \
    "b.images, b.seconds, b.characters, t.cost "
#define NIGHTSHIFT_ROW_TABLES                                                             \
    "FROM task t JOIN body b USING (row) JOIN lane l USING (lane) JOIN manifest m USING " \
    "(manifest) "

#define NIGHTSHIFT_ATTEMPT_COLUMNS                                                    \
    "number, started_at, ended_at, http_status, request_id, verdict, code, message, " \
    "maybe_billed, sent"

// The condition of the index `task_active`, word for word: SQLite uses it only where it finds that.
#define NIGHTSHIFT_IS_ACTIVE " AND t.state <> 0 AND t.state <> 3 "

// The state of a task, whether or not its intent stands in its row.
#define NIGHTSHIFT_STATE "iif(t.state = 0 AND t.row IN (SELECT row FROM under_way), 1, t.state)"

struct SqliteStore::Statements {
    explicit Statements(SqliteDb& db) : db_(db) {}
    SqliteDb& db_;

    Statement insert_task{db_,
                          "INSERT INTO task (id, lane, state, priority) VALUES (?, ?, 0, ?) "
                          "ON CONFLICT (id) DO NOTHING"};
    Statement insert_body{db_,
                          "INSERT INTO body (row, path, stream, body, envelope, manifest, "
                          "line, queued_at, load, input_tokens, output_tokens_max, images, "
                          "seconds, characters) "
                          "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"};
    Statement known{db_,
                    "SELECT t.row, t.lane, t.state, b.path, b.body, b.envelope, m.name, "
                    "b.line, b.input_tokens, b.output_tokens_max, b.images, b.seconds, "
                    "b.characters " NIGHTSHIFT_ROW_TABLES "WHERE t.id = ?"};
    Statement replace_task{db_,
                           "UPDATE task SET lane = ?, priority = ?, state = 0, ready_at = 0, "
                           "failures = 0, finished_at = 0, error_kind = '', flags = '' "
                           "WHERE row = ?"};
    Statement replace_body{db_,
                           "UPDATE body SET path = ?, stream = ?, body = ?, envelope = ?, "
                           "manifest = ?, line = ?, load = ? WHERE row = ?"};
    Statement estimate{db_,
                       "UPDATE body SET input_tokens = ?, output_tokens_max = ?, images = ?, "
                       "seconds = ?, characters = ? WHERE row = ?"};
    Statement forget_notes{db_, "DELETE FROM note WHERE row = ?"};
    // `is_claimed` is ours, and asked with the index alone: the first rows are mostly under way.
    Statement claim{db_, "SELECT " NIGHTSHIFT_ROW_COLUMNS NIGHTSHIFT_ROW_TABLES
                         "WHERE t.lane = ? AND t.state = 0 AND NOT is_claimed(t.row) "
                         "AND t.ready_at <= ? ORDER BY t.priority DESC, t.row LIMIT ?"};
    Statement claim_selected{db_, "SELECT " NIGHTSHIFT_ROW_COLUMNS NIGHTSHIFT_ROW_TABLES
                                  "WHERE t.lane = ? AND t.state = 0 AND NOT is_claimed(t.row) "
                                  "AND t.ready_at <= ? AND t.row IN (SELECT row FROM selected) "
                                  "ORDER BY t.priority DESC, t.row LIMIT ?"};
    Statement next_ready{db_,
                         "SELECT ready_at, row FROM task WHERE state = 0 AND ready_at > 0 "
                         "ORDER BY ready_at"};
    Statement intents{db_, "INSERT INTO intent (turn, rows) VALUES (?, ?)"};
    Statement intents_over{db_, "DELETE FROM intent WHERE turn = ?"};
    Statement under_way{db_, "SELECT row, number, at FROM under_way"};
    Statement intent_of{db_, "SELECT number, at FROM under_way WHERE row = ?"};
    Statement run{db_,
                  "UPDATE task SET state = 1, tries = ?, attempts = attempts + 1, started_at = "
                  "CASE started_at WHEN 0 THEN ? ELSE started_at END WHERE row = ?"};
    Statement remember{db_,
                       "INSERT INTO note (row, key, value) VALUES (?, ?, ?) "
                       "ON CONFLICT (row, key) DO UPDATE SET value = excluded.value"};
    Statement accept{db_,
                     "UPDATE task SET state = 2, submitted_at = ? "
                     "WHERE row = ? AND tries = ? AND state = 1"};
    Statement attempt{db_, "INSERT INTO attempt (row, " NIGHTSHIFT_ATTEMPT_COLUMNS
                           ") "
                           "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
                           "ON CONFLICT (row, number) DO UPDATE SET ended_at = excluded.ended_at, "
                           "http_status = excluded.http_status, verdict = excluded.verdict, "
                           "code = excluded.code, message = excluded.message, "
                           "maybe_billed = excluded.maybe_billed, sent = excluded.sent"};
    Statement state_of{db_, "SELECT lane, state, tries FROM task WHERE row = ?"};
    // The intent, if it is written here for the first time, and the end.
    Statement end{db_,
                  "UPDATE task SET state = ?, ready_at = ?, tries = ?, attempts = attempts + ?, "
                  "failures = failures + ?, maybe_billed = maybe_billed + ?, "
                  "started_at = CASE started_at WHEN 0 THEN ? ELSE started_at END, "
                  "finished_at = ?, ledger = CASE ? WHEN 0 THEN ledger ELSE ? END, "
                  "error_kind = ?, flags = ?, cost = cost + ? "
                  "WHERE row = ? AND state = ? AND tries = ?"};
    Statement ledger{db_, "INSERT INTO ledger (seq, row, line, reply, " NIGHTSHIFT_ATTEMPT_COLUMNS
                          ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"};
    Statement ledger_alone{db_, "INSERT INTO ledger (seq, row, line, reply) VALUES (?, ?, ?, ?)"};
    // A task is queued again: its next ledger line takes the place of the last one.
    Statement keep_attempt{db_, "INSERT OR REPLACE INTO attempt (row, " NIGHTSHIFT_ATTEMPT_COLUMNS
                                ") SELECT row, " NIGHTSHIFT_ATTEMPT_COLUMNS
                                " FROM ledger WHERE seq = (SELECT ledger FROM task WHERE row = ?) "
                                "AND number > 0"};
    Statement ledger_after{db_, "SELECT seq, line FROM ledger WHERE seq > ? ORDER BY seq LIMIT ?"};
    Statement tally{db_,
                    "INSERT INTO tally (lane, state, count) VALUES (?, ?, ?) "
                    "ON CONFLICT (lane, state) DO UPDATE SET count = count + excluded.count"};
    Statement notes{db_, "SELECT key, value FROM note WHERE row = ?"};
    Statement meta{db_, "SELECT value FROM meta WHERE key = ?"};
    Statement set_meta{db_,
                       "INSERT INTO meta (key, value) VALUES (?, ?) "
                       "ON CONFLICT (key) DO UPDATE SET value = excluded.value"};
    Statement add_meta{db_,
                       "INSERT INTO meta (key, value) VALUES (?1, printf('%!.17g', ?2)) "
                       "ON CONFLICT (key) DO UPDATE SET "
                       "value = printf('%!.17g', CAST(value AS REAL) + ?2)"};
    Statement begin{db_, "BEGIN IMMEDIATE"};
    Statement commit{db_, "COMMIT"};
};

}  // namespace nightshift
