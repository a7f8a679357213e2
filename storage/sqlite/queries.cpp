// What people look at and decide on: counts, one task, selections, requeue and cancel.

#include "base/failure.hpp"
#include "storage/sqlite/selection.hpp"
#include "storage/sqlite/statements.hpp"

namespace nightshift {

// Five columns in the order of model/price.hpp.
Estimate SqliteStore::estimate_at(const Statement& s, int column) {
    return {.input_tokens = s.integer(column),
            .output_tokens_max = s.integer(column + 1),
            .images = s.integer(column + 2),
            .seconds = s.real(column + 3),
            .characters = s.integer(column + 4)};
}

Row SqliteStore::row_of(const Statement& s) {
    Row row;
    row.row = s.integer(0);
    row.lane = s.integer(1);
    row.id = s.text(2);
    row.endpoint = s.text(3);
    row.model = s.text(4);
    row.path = s.text(5);
    row.body = s.text(6);
    row.envelope = s.text(7);
    row.manifest = s.text(8);
    row.line = s.integer(9);
    row.stream = s.integer(10) != 0;
    row.state = static_cast<State>(s.integer(11));
    row.tries = s.integer(12);
    row.attempts = s.integer(13);
    row.failures = s.integer(14);
    row.maybe_billed = s.integer(15);
    row.queued_at = s.integer(16);
    row.started_at = s.integer(17);
    row.submitted_at = s.integer(18);
    row.ready_at = s.integer(19);
    row.estimate = estimate_at(s, 20);
    row.cost = s.real(25);
    return row;
}

void SqliteStore::read_notes(Row& row) {
    sql_->notes.with(row.row);
    while (sql_->notes.step()) {
        row.notes.emplace(std::string(sql_->notes.text(0)), std::string(sql_->notes.text(1)));
    }
}

// The first N pending by priority and age, and with them every other row that matches: their
// outcome belongs to this run too.
std::int64_t SqliteStore::select(const Selection& selection) {
    settle_intents();
    db_.run("DELETE FROM selected");
    Selection pending = selection;
    pending.states = {State::pending};
    const auto limit = selection.limit < 0 ? std::string("-1") : std::to_string(selection.limit);
    db_.run("INSERT INTO selected SELECT t.row FROM task t WHERE " + where_of(pending) +
            " ORDER BY t.priority DESC, t.row LIMIT " + limit);
    const auto chosen = db_.changes();
    Selection others = selection;
    others.states = {State::running, State::submitted};
    if (selection.limit < 0) {
        others.states = {State::running, State::submitted, State::succeeded,
                         State::failed,  State::held,      State::cancelled};
    }
    db_.run("INSERT OR IGNORE INTO selected SELECT t.row FROM task t WHERE " + where_of(others));
    selected_ = true;
    return chosen;
}

void SqliteStore::also_select(const Selection& selection) {
    if (!selected_) return;
    settle_intents();
    db_.run("INSERT OR IGNORE INTO selected SELECT t.row FROM task t WHERE " + where_of(selection));
}

std::vector<CountRow> SqliteStore::counts() {
    settle_intents();
    const std::string sql =
        selected_ ? "SELECT l.endpoint, l.model, t.state, count(*), 0 FROM task t JOIN lane l "
                    "USING (lane) WHERE t.row IN (SELECT row FROM selected) GROUP BY l.lane, "
                    "t.state ORDER BY l.lane, t.state"
                  : "SELECT l.endpoint, l.model, y.state, y.count, 0 FROM tally y JOIN lane l "
                    "USING (lane) WHERE y.count > 0 ORDER BY l.lane, y.state";
    Statement read(db_, sql);
    std::vector<CountRow> rows;
    while (read.step()) {
        rows.push_back({.endpoint = std::string(read.text(0)),
                        .model = std::string(read.text(1)),
                        .state = static_cast<State>(read.integer(2)),
                        .count = read.integer(3)});
    }
    // Only rows under way have an age worth showing, and only they are few.
    Statement oldest(db_, "SELECT l.endpoint, l.model, " NIGHTSHIFT_STATE
                          ", min(b.queued_at) "
                          "FROM task t JOIN body b USING (row) JOIN lane l USING (lane) WHERE " +
                              where_state({State::running, State::submitted, State::held}) +
                              " GROUP BY l.lane, 3");
    while (oldest.step()) {
        for (auto& row : rows) {
            if (row.endpoint == oldest.text(0) && row.model == oldest.text(1) &&
                static_cast<std::int64_t>(row.state) == oldest.integer(2)) {
                row.oldest_at = oldest.integer(3);
            }
        }
    }
    return rows;
}

std::optional<TaskView> SqliteStore::find(const std::string& id) {
    Statement read(db_, "SELECT " NIGHTSHIFT_ROW_COLUMNS
                        ", t.error_kind, t.ledger " NIGHTSHIFT_ROW_TABLES "WHERE t.id = ?");
    settle_intents();
    read.with(id);
    if (!read.step()) return std::nullopt;
    TaskView view;
    view.row = row_of(read);
    look_up_intent(view.row);
    view.error_kind = read.text(26);
    const auto ledger = read.integer(27);
    read_notes(view.row);
    Statement attempts(db_, "SELECT " NIGHTSHIFT_ATTEMPT_COLUMNS
                            " FROM attempt WHERE row = ? UNION SELECT " NIGHTSHIFT_ATTEMPT_COLUMNS
                            " FROM ledger WHERE seq = ? AND number > 0 ORDER BY number");
    attempts.with(view.row.row, ledger);
    while (attempts.step()) {
        view.attempts.push_back({.row = view.row.row,
                                 .number = attempts.integer(0),
                                 .started_at = attempts.integer(1),
                                 .ended_at = attempts.integer(2),
                                 .http_status = static_cast<int>(attempts.integer(3)),
                                 .request_id = std::string(attempts.text(4)),
                                 .verdict = std::string(attempts.text(5)),
                                 .code = std::string(attempts.text(6)),
                                 .message = std::string(attempts.text(7)),
                                 .maybe_billed = attempts.integer(8) != 0,
                                 .sent = attempts.integer(9) != 0});
    }
    if (ledger > 0) {
        Statement line(db_, "SELECT line, reply FROM ledger WHERE seq = ?");
        line.with(ledger);
        if (line.step()) {
            view.ledger_line = line.text(0);
            if (!line.text(1).empty()) view.reply = line.text(1);
        }
    }
    return view;
}

std::string SqliteStore::meta(const std::string& key) {
    sql_->meta.with(key);
    return sql_->meta.step() ? std::string(sql_->meta.text(0)) : "";
}

void SqliteStore::set_meta(const std::string& key, const std::string& value) {
    sql_->set_meta.with(key, value).execute();
}

Charge SqliteStore::spent() {
    Statement read(db_, "SELECT coalesce((SELECT CAST(value AS REAL) FROM meta WHERE key = ?), 0)");
    const auto sum = [&read](const char* key) {
        read.with(key);
        const double value = read.step() ? read.real(0) : 0;
        return value;
    };
    const double all = sum(spent_key), maybe = sum(maybe_spent_key);
    return {.cost = all - maybe, .maybe_cost = maybe, .estimated_cost = sum(estimated_key)};
}

// A task that the gateway has is polled again before it is paid again: its notes stay, and with
// a remote id it goes back to `submitted`, unless the gateway itself ended it.
Moved SqliteStore::requeue(const Selection& selection, std::int64_t now, const Batch& batch) {
    settle_intents();
    places_.clear();
    Statement read(db_,
                   "SELECT t.row, t.lane, t.state, t.error_kind, EXISTS (SELECT 1 FROM note n "
                   "WHERE n.row = t.row AND n.key = 'remote_id') FROM task t WHERE " +
                       where_of(selection, batch));
    struct Found {
        std::int64_t row, lane;
        State state;
        std::string kind;
        bool remote;
    };
    std::vector<Found> found;
    while (read.step()) {
        found.push_back({read.integer(0), read.integer(1), static_cast<State>(read.integer(2)),
                         std::string(read.text(3)), read.integer(4) != 0});
    }
    Statement move(db_,
                   "UPDATE task SET state = ?, ready_at = 0, failures = 0, finished_at = 0, "
                   "error_kind = '', flags = '', submitted_at = CASE ? WHEN 2 THEN ? ELSE "
                   "submitted_at END WHERE row = ?");
    Moved moved;
    for (const auto& each : found) {
        const bool poll = each.remote && !ended_at_gateway(each.kind);
        sql_->keep_attempt.with(each.row).execute();
        if (each.remote && !poll) sql_->forget_notes.with(each.row).execute();
        const auto next = poll ? State::submitted : State::pending;
        move.with(static_cast<int>(next), static_cast<int>(next), now, each.row).execute();
        count(each.lane, each.state, -1);
        count(each.lane, next, +1);
        if (poll) moved.polled.push_back(each.row);
        moved.last = each.row;
    }
    moved.count = static_cast<std::int64_t>(found.size());
    moved.more = moved.count == batch.rows;
    return moved;
}

Moved SqliteStore::cancel(const Selection& selection, std::int64_t now,
                          const std::function<std::string(const Row&)>& line_of,
                          const Batch& batch) {
    settle_intents();
    places_.clear();
    Selection wanted = selection;
    if (wanted.states.empty()) wanted.states = {State::pending};
    std::erase_if(wanted.states, [](State state) {
        return state != State::pending && state != State::held;
    });
    if (wanted.states.empty()) return {};
    std::vector<std::int64_t> found;
    {
        Statement read(db_, "SELECT t.row FROM task t WHERE " + where_of(wanted, batch));
        while (read.step()) found.push_back(read.integer(0));
    }
    Statement read_row(db_,
                       "SELECT " NIGHTSHIFT_ROW_COLUMNS NIGHTSHIFT_ROW_TABLES "WHERE t.row = ?");
    Statement move(db_,
                   "UPDATE task SET state = 6, ready_at = 0, finished_at = ?, error_kind = '', "
                   "ledger = ? WHERE row = ?");
    Moved moved;
    std::size_t bytes = 0;
    for (const auto each : found) {
        if (bytes >= batch.bytes) break;
        moved.last = each;
        read_row.with(each);
        if (!read_row.step()) continue;  // its body was removed by another program
        const auto row = row_of(read_row);
        const auto line = line_of(row);
        bytes += line.size();
        const auto seq = append_ledger(row.row, line, "");
        move.with(now, seq, row.row).execute();
        count(row.lane, row.state, -1);
        count(row.lane, State::cancelled, +1);
        ++moved.count;
    }
    const bool all_read = found.empty() || moved.last == found.back();
    moved.more = !all_read || static_cast<std::int64_t>(found.size()) == batch.rows;
    return moved;
}

std::optional<Row> SqliteStore::find_row(std::int64_t number) {
    settle_intents();
    Statement read(db_, "SELECT " NIGHTSHIFT_ROW_COLUMNS NIGHTSHIFT_ROW_TABLES "WHERE t.row = ?");
    read.with(number);
    if (!read.step()) return std::nullopt;
    auto row = row_of(read);
    look_up_intent(row);
    read_notes(row);
    return row;
}

}  // namespace nightshift
