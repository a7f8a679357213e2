#include "storage/sqlite/store.hpp"

#include "base/bounds.hpp"
#include "base/failure.hpp"
#include "storage/sqlite/schema.hpp"
#include "storage/sqlite/statements.hpp"
#include "storage/sqlite/upgrade.hpp"

#include <sqlite3.h>

namespace nightshift {

namespace {

// A row of the ledger has a thousand bytes and more, and each page that a turn touches is written
// to the log by two system calls, whatever its size.
constexpr int page_bytes = 8192;

// A run reads each page once or all the time: what is not used again would only push what is out of
// the processor's caches.
constexpr const char* working_pragmas = "PRAGMA temp_store = MEMORY; PRAGMA cache_size = -2000";

// Rows come in the order of the file, so a larger cache is of no use; and they come from `add`
// alone, which keeps every rule. The indexes of many rows are sorted in temporary files.
constexpr const char* loading_pragmas =
    "PRAGMA temp_store = FILE; PRAGMA cache_size = -4000; PRAGMA ignore_check_constraints = ON";

// EXTRA is FULL for a WAL; a rollback journal's commit is its removal, and only EXTRA syncs the
// folder after it (https://www.sqlite.org/pragma.html#pragma_synchronous).
const char* pragmas_of(Journal journal) {
    switch (journal) {
        case Journal::wal:
            return "PRAGMA journal_mode = WAL; PRAGMA synchronous = EXTRA";
        case Journal::rollback:
            return "PRAGMA journal_mode = DELETE; PRAGMA synchronous = EXTRA";
        case Journal::memory:
            break;
    }
    return "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF";
}

}  // namespace

SqliteStore::SqliteStore(const std::filesystem::path& path, SqliteDb::Mode mode,
                         const SqliteOptions& options)
    : db_(path, mode, options.vfs),
      for_loading_(options.for_loading),
      writes_(mode == SqliteDb::Mode::read_write) {
    create_or_check(mode, options.journal.value_or(journal_for(path)), options.for_loading);
    make_is_claimed();
    db_.run("CREATE TEMP TABLE selected (row INTEGER PRIMARY KEY)");
    sql_ = std::make_unique<Statements>(db_);
    Statement last(db_, "SELECT coalesce(max(seq), 0) + 1 FROM ledger");
    if (last.step()) next_seq_ = last.integer(0);
}

SqliteStore::~SqliteStore() = default;

void SqliteStore::create_or_check(SqliteDb::Mode mode, Journal journal, bool for_loading) {
    if (mode == SqliteDb::Mode::read_write) {
        db_.run("PRAGMA page_size = " + std::to_string(page_bytes));  // of one that is new
        db_.run(pragmas_of(journal));
    }
    db_.run("PRAGMA mmap_size = 0");
    db_.run(for_loading ? loading_pragmas : working_pragmas);
    const auto version = schema_version_of(db_);
    if (version > sqlite_schema_version) {
        throw StorageError("the queue was made by a newer nightshift (version " +
                           std::to_string(version) + "): use that one");
    }
    refuse_foreign_views(db_);
    if (mode == SqliteDb::Mode::read_write) {
        bring_up_to_date(db_, for_loading);
    } else if (version == 0) {
        throw StorageError("the queue is empty: it was never loaded");
    } else {
        read_as_present(db_, version);
    }
}

// is_claimed(row): in SQL what `claimed_` knows.
void SqliteStore::make_is_claimed() {
    const auto function = [](sqlite3_context* context, int, sqlite3_value** values) {
        const auto& claimed =
            *static_cast<const std::unordered_set<std::int64_t>*>(sqlite3_user_data(context));
        const auto row = sqlite3_value_int64(values[0]);
        sqlite3_result_int(context, claimed.count(row) > 0 ? 1 : 0);
    };
    if (sqlite3_create_function_v2(db_.handle(), "is_claimed", 1, SQLITE_UTF8 | SQLITE_DIRECTONLY,
                                   &claimed_, function, nullptr, nullptr, nullptr) != SQLITE_OK) {
        db_.fail("prepare");
    }
}

void SqliteStore::make_indexes() {
    db_.run(sqlite_work_indexes);
}

void SqliteStore::transact(const std::function<void()>& work) {
    db_.end_reads();
    sql_->begin.with().execute();
    try {
        if (!knows_intents_) settle_intents();
        work();
        write_intents();
        write_tally();
        write_charges();
        db_.end_reads();
        sql_->commit.with().execute();
    } catch (...) {
        tally_.clear();
        charges_ = {};
        intents_.clear();
        has_intents_ = true;
        knows_intents_ = false;
        pending_lines_.clear();
        lanes_.clear();  // rows that were rolled back must not be remembered
        places_.clear();
        manifests_.clear();
        sqlite3_exec(db_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
        throw;
    }
    for (auto& line : pending_lines_) committed_lines_.push_back(std::move(line));
    pending_lines_.clear();
}

void SqliteStore::count(std::int64_t lane, State state, std::int64_t delta) {
    tally_[{lane, state}] += delta;
}

void SqliteStore::write_tally() {
    for (const auto& [key, delta] : tally_) {
        if (delta == 0) continue;
        sql_->tally.with(key.first, static_cast<int>(key.second), delta).execute();
    }
    tally_.clear();
}

void SqliteStore::write_charges() {
    const auto add = [this](const char* key, double amount) {
        if (amount != 0) sql_->add_meta.with(key, amount).execute();
    };
    add(spent_key, charges_.cost + charges_.maybe_cost);
    add(maybe_spent_key, charges_.maybe_cost);
    add(estimated_key, charges_.estimated_cost);
    charges_ = {};
}

std::vector<Lane> SqliteStore::lanes() {
    Statement read(db_,
                   "SELECT lane, endpoint, model, (SELECT count FROM tally WHERE "
                   "tally.lane = lane.lane AND state = 0) FROM lane ORDER BY lane");
    std::vector<Lane> lanes;
    while (read.step()) {
        lanes.push_back({.id = read.integer(0),
                         .endpoint = std::string(read.text(1)),
                         .model = std::string(read.text(2)),
                         .pending = read.integer(3)});
    }
    return lanes;
}

std::vector<Row> SqliteStore::claim(const ClaimQuery& query) {
    std::vector<Row> rows;
    auto& statement = selected_ ? sql_->claim_selected : sql_->claim;
    statement.with(query.lane, query.now, query.limit);
    std::size_t bytes = 0;
    while (bytes < limits::claimed_bytes && statement.step()) {
        rows.push_back(row_of(statement));
        bytes += rows.back().body.size();
    }
    for (auto& row : rows) {
        claimed_.insert(row.row);
        places_[row.row] = {.lane = row.lane, .state = row.state, .tries = row.tries};
        if (row.tries > 0) read_notes(row);
    }
    return rows;
}

// One that is under way stays claimed: in the table it may be pending.
void SqliteStore::release(std::int64_t row) {
    const auto place = places_.find(row);
    if (place != places_.end()) {
        if (place->second.turn > 0) return;
        places_.erase(place);
    }
    claimed_.erase(row);
}

std::int64_t SqliteStore::next_ready_at() {
    sql_->next_ready.with();
    while (sql_->next_ready.step()) {
        if (claimed_.count(sql_->next_ready.integer(1)) == 0) return sql_->next_ready.integer(0);
    }
    return 0;
}

void SqliteStore::bring_forward(std::int64_t latest) {
    Statement move(db_, "UPDATE task SET ready_at = ?1 WHERE state = 0 AND ready_at > ?1");
    move.with(latest).execute();
}

// From memory where this process moved the row last, else from the table.
std::optional<SqliteStore::Place> SqliteStore::place_of(std::int64_t row) {
    const auto known = places_.find(row);
    if (known != places_.end()) return known->second;
    sql_->state_of.with(row);
    if (!sql_->state_of.step()) return std::nullopt;
    return Place{.lane = sql_->state_of.integer(0),
                 .state = static_cast<State>(sql_->state_of.integer(1)),
                 .tries = sql_->state_of.integer(2)};
}

void SqliteStore::remember(std::int64_t row, const std::string& key, const std::string& value) {
    sql_->remember.with(row, key, value).execute();
}

void SqliteStore::record(const AttemptRecord& a) {
    sql_->attempt
        .with(a.row, a.number, a.started_at, a.ended_at, a.http_status, a.request_id, a.verdict,
              a.code, a.message, a.maybe_billed, a.sent)
        .execute();
}

void SqliteStore::accept(const AttemptRecord& attempt, const std::string& remote_id) {
    auto place = place_of(attempt.row);
    if (!place || place->state != State::running) return;
    settle_intent(attempt.row, *place);
    places_.erase(attempt.row);
    record(attempt);
    remember(attempt.row, "remote_id", remote_id);
    sql_->accept.with(attempt.ended_at, attempt.row, attempt.number).execute();
    count(place->lane, State::running, -1);
    count(place->lane, State::submitted, +1);
}

std::int64_t SqliteStore::append_ledger(std::int64_t row, const std::string& line,
                                        const std::string& reply, const AttemptRecord* attempt) {
    const auto seq = next_seq_++;
    if (attempt != nullptr) {
        const auto& a = *attempt;
        sql_->ledger
            .with(seq, row, line, reply, a.number, a.started_at, a.ended_at, a.http_status,
                  a.request_id, a.verdict, a.code, a.message, a.maybe_billed, a.sent)
            .execute();
    } else {
        sql_->ledger_alone.with(seq, row, line, reply).execute();
    }
    pending_lines_.push_back({seq, line});
    return seq;
}

bool SqliteStore::end(const Ending& ending) {
    const auto& attempt = ending.attempt;
    const auto place = place_of(attempt.row);
    if (!place || is_terminal(place->state) || place->tries != attempt.number) return false;
    places_.erase(attempt.row);

    const bool terminal = is_terminal(ending.state);
    const auto seq = terminal ? next_seq_ : 0;
    const bool first_written = place->turn > 0;  // the intent, too
    const int unsent = ending.has_attempt && !attempt.sent ? 1 : 0;
    const int unknown = ending.has_attempt && attempt.maybe_billed ? 1 : 0;
    sql_->end
        .with(static_cast<int>(ending.state), terminal ? 0 : ending.ready_at, place->tries,
              (first_written ? 1 : 0) - unsent, ending.counts_as_failure, unknown,
              place->intended_at, terminal ? ending.finished_at : 0, seq, seq, ending.error_kind,
              ending.flags, ending.charge.cost, attempt.row,
              static_cast<int>(first_written ? State::pending : place->state),
              first_written ? place->tries_in_row : place->tries)
        .execute();
    if (db_.changes() == 0) return false;  // it was moved without us
    if (first_written) intents_.end(place->turn);
    // An attempt that was accepted has a record already, which is corrected.
    const bool with_line = terminal && place->state == State::running;
    if (ending.has_attempt && !with_line) record(attempt);
    for (const auto& [key, value] : ending.notes) remember(attempt.row, key, value);
    if (terminal) {
        append_ledger(attempt.row, ending.ledger_line, ending.reply,
                      ending.has_attempt && with_line ? &attempt : nullptr);
    }
    charges_ += ending.charge;
    count(place->lane, place->state, -1);
    count(place->lane, ending.state, +1);
    claimed_.erase(attempt.row);
    return true;
}

std::vector<Row> SqliteStore::unfinished(State state) {
    settle_intents();
    Statement read(db_, "SELECT " NIGHTSHIFT_ROW_COLUMNS NIGHTSHIFT_ROW_TABLES "WHERE " +
                            where_state({state}) + " ORDER BY t.row");
    std::vector<Row> rows;
    while (read.step()) {
        rows.push_back(row_of(read));
        look_up_intent(rows.back());
    }
    for (auto& row : rows) read_notes(row);
    return rows;
}

// The first of them are enough: what removes bodies does not look which.
bool SqliteStore::lacks_bodies() {
    Statement read(db_,
                   "SELECT 1 FROM (SELECT row FROM task WHERE state = 0 LIMIT 1000) t "
                   "WHERE NOT EXISTS (SELECT 1 FROM body b WHERE b.row = t.row) LIMIT 1");
    return read.step();
}

std::vector<Store::LedgerLine> SqliteStore::ledger_after(std::int64_t after, int limit) {
    std::vector<LedgerLine> lines;
    sql_->ledger_after.with(after, limit);
    while (sql_->ledger_after.step()) {
        lines.push_back({sql_->ledger_after.integer(0), std::string(sql_->ledger_after.text(1))});
    }
    return lines;
}

std::vector<Store::LedgerLine> SqliteStore::take_committed() {
    return std::exchange(committed_lines_, {});
}

}  // namespace nightshift
