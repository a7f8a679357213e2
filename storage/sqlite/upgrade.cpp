#include "storage/sqlite/upgrade.hpp"

#include "base/failure.hpp"
#include "base/text/terminal_text.hpp"

#include "storage/sqlite/schema.hpp"

#include <string>

namespace nightshift {
namespace {

// 1 -> 2: a task keeps its estimate (what is loaded again gets one; until then there is none), and
// `meta` what all tasks together cost.
constexpr const char* from_1_to_2 = R"sql(
ALTER TABLE body ADD COLUMN input_tokens      INTEGER NOT NULL DEFAULT 0;
ALTER TABLE body ADD COLUMN output_tokens_max INTEGER NOT NULL DEFAULT 0;
ALTER TABLE body ADD COLUMN images            INTEGER NOT NULL DEFAULT 0;
ALTER TABLE body ADD COLUMN seconds           REAL    NOT NULL DEFAULT 0;
ALTER TABLE body ADD COLUMN characters        INTEGER NOT NULL DEFAULT 0;
INSERT INTO meta SELECT 'spent', printf('%!.17g', total(cost)) FROM task;
)sql";

// 2 -> 3: an index whose condition costs less to test.
constexpr const char* from_2_to_3 = R"sql(
DROP INDEX task_active;
CREATE INDEX task_active ON task (state, row) WHERE state <> 0 AND state <> 3;
)sql";

// 3 -> 4: the attempt that ends a task stands with its ledger line.
constexpr const char* from_3_to_4 = R"sql(
ALTER TABLE ledger ADD COLUMN number       INTEGER NOT NULL DEFAULT 0;
ALTER TABLE ledger ADD COLUMN started_at   INTEGER NOT NULL DEFAULT 0;
ALTER TABLE ledger ADD COLUMN ended_at     INTEGER NOT NULL DEFAULT 0;
ALTER TABLE ledger ADD COLUMN http_status  INTEGER NOT NULL DEFAULT 0;
ALTER TABLE ledger ADD COLUMN request_id   TEXT    NOT NULL DEFAULT '';
ALTER TABLE ledger ADD COLUMN verdict      TEXT    NOT NULL DEFAULT '';
ALTER TABLE ledger ADD COLUMN code         TEXT    NOT NULL DEFAULT '';
ALTER TABLE ledger ADD COLUMN message      TEXT    NOT NULL DEFAULT '';
ALTER TABLE ledger ADD COLUMN maybe_billed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE ledger ADD COLUMN sent         INTEGER NOT NULL DEFAULT 0;
)sql";

// 4 -> 5: intents stand in a table of their own while their tasks are under way.
constexpr const char* from_4_to_5 = R"sql(
ALTER TABLE task DROP COLUMN intended_at;
CREATE TABLE intent (
    turn INTEGER PRIMARY KEY,
    rows TEXT NOT NULL
) STRICT;
CREATE VIEW under_way AS
SELECT t.row AS row, i.number AS number, i.at AS at
FROM (SELECT json_extract(e.value, '$[0]') AS row, json_extract(e.value, '$[1]') AS number,
             json_extract(e.value, '$[2]') AS at
      FROM intent, json_each(intent.rows) e) i
CROSS JOIN task t ON t.row = i.row
WHERE t.state = 0 AND t.tries < i.number;
)sql";

// A temporary view goes before the table of its name. Its triggers are never called: they let
// statements that write be prepared, on a connection that cannot write.
constexpr const char* version_1_as_present = R"sql(
CREATE TEMP VIEW body AS SELECT row, path, stream, body, envelope, manifest, line, queued_at,
    load, 0 AS input_tokens, 0 AS output_tokens_max, 0 AS images, 0.0 AS seconds, 0 AS characters
    FROM main.body;
CREATE TEMP TRIGGER body_insert INSTEAD OF INSERT ON body BEGIN SELECT 1; END;
CREATE TEMP TRIGGER body_update INSTEAD OF UPDATE ON body BEGIN SELECT 1; END;
)sql";

constexpr const char* version_3_as_present = R"sql(
CREATE TEMP VIEW ledger AS SELECT seq, row, line, reply, 0 AS number, 0 AS started_at,
    0 AS ended_at, 0 AS http_status, '' AS request_id, '' AS verdict, '' AS code, '' AS message,
    0 AS maybe_billed, 0 AS sent FROM main.ledger;
CREATE TEMP TRIGGER ledger_insert INSTEAD OF INSERT ON ledger BEGIN SELECT 1; END;
)sql";

constexpr const char* version_4_as_present = R"sql(
CREATE TEMP TABLE intent (turn INTEGER PRIMARY KEY, rows TEXT NOT NULL);
CREATE TEMP VIEW under_way AS SELECT 0 AS row, 0 AS number, 0 AS at WHERE 0;
)sql";

}  // namespace

std::int64_t schema_version_of(SqliteDb& db) {
    Statement read(db, "PRAGMA user_version");
    return read.step() ? read.integer(0) : 0;
}

// Another writer may have been faster: the version counts that is there under the lock. It is
// written even when it stays the same, so that there always is something to commit.
void bring_up_to_date(SqliteDb& db, bool is_made_for_loading) {
    db.run("BEGIN IMMEDIATE");
    const auto version = schema_version_of(db);
    if (version == 0) db.run(sqlite_tables);
    if (version == 0 && !is_made_for_loading) db.run(sqlite_work_indexes);
    if (version == 1) db.run(from_1_to_2);
    if (version == 1 || version == 2) db.run(from_2_to_3);
    if (version >= 1 && version <= 3) db.run(from_3_to_4);
    if (version >= 1 && version <= 4) db.run(from_4_to_5);
    db.run("PRAGMA user_version = " + std::to_string(sqlite_schema_version));
    db.run("COMMIT");
}

void refuse_foreign_views(SqliteDb& db) {
    Statement read(db, "SELECT name, sql FROM sqlite_schema WHERE type IN ('view', 'trigger')");
    while (read.step()) {
        const std::string_view ours(sqlite_tables);
        if (ours.find(read.text(1)) != ours.npos) continue;
        throw StorageError("the queue has a view or trigger that nightshift did not make (" +
                           term_safe(read.text(0), 60) + "); it is not used");
    }
}

void read_as_present(SqliteDb& db, std::int64_t version) {
    if (version == 1) db.run(version_1_as_present);
    if (version <= 3) db.run(version_3_as_present);
    if (version <= 4) db.run(version_4_as_present);
}

}  // namespace nightshift
