#include "storage/sqlite/intents.hpp"

#include "storage/sqlite/statements.hpp"

#include <sqlite3.h>

#include <charconv>

namespace nightshift {
namespace {

void append(std::string& text, std::int64_t number) {
    char digits[24];
    const auto end = std::to_chars(std::begin(digits), std::end(digits), number).ptr;
    text.append(digits, end);
}

}  // namespace

std::int64_t IntentTurns::add(std::int64_t row, std::int64_t number, std::int64_t at) {
    rows_ += rows_.empty() ? "[[" : ",[";
    append(rows_, row);
    rows_ += ',';
    append(rows_, number);
    rows_ += ',';
    append(rows_, at);
    rows_ += ']';
    ++open_[turn_];
    return turn_;
}

void IntentTurns::end(std::int64_t turn) {
    const auto found = open_.find(turn);
    if (found == open_.end() || --found->second > 0) return;
    over_.push_back(turn);
    open_.erase(found);
}

void IntentTurns::next() {
    ++turn_;
    rows_.clear();
    over_.clear();
}

void IntentTurns::clear() {
    next();
    open_.clear();
}

// Intents: written together, one row of `intent` for a transaction; brought into the rows of their
// tasks by the ending, or before somebody looks at rows by state.

bool SqliteStore::intend(std::int64_t row, std::int64_t number, std::int64_t now) {
    const auto before = place_of(row);
    if (!before || before->state != State::pending) return false;
    auto& place = places_[row];
    place = *before;
    place.state = State::running;
    place.tries_in_row = before->tries;
    place.tries = number;
    place.turn = intents_.add(row, number, now);
    place.intended_at = now;
    claimed_.insert(row);  // in the table it is pending still
    has_intents_ = true;
    count(place.lane, State::pending, -1);
    count(place.lane, State::running, +1);
    return true;
}

void SqliteStore::settle_intent(std::int64_t row, Place& place) {
    if (place.turn == 0) return;
    sql_->run.with(place.tries, place.intended_at, row).execute();
    intents_.end(place.turn);
    place.turn = 0;
}

void SqliteStore::write_intents() {
    const auto rows = intents_.rows();
    if (!rows.empty()) sql_->intents.with(intents_.turn(), rows).execute();
    for (const auto turn : intents_.over()) sql_->intents_over.with(turn).execute();
    intents_.next();
}

void SqliteStore::settle_intents() {
    if (!has_intents_) return;
    if (sqlite3_get_autocommit(db_.handle()) != 0) {
        transact([this] { settle_intents(); });
        return;
    }
    write_intents();
    struct Intent {
        std::int64_t row, number, at;
    };
    std::vector<Intent> found;
    sql_->under_way.with();
    while (sql_->under_way.step()) {
        found.push_back(
            {sql_->under_way.integer(0), sql_->under_way.integer(1), sql_->under_way.integer(2)});
    }
    for (const auto& intent : found) {
        sql_->run.with(intent.number, intent.at, intent.row).execute();
    }
    db_.run("DELETE FROM intent");
    intents_.clear();
    places_.clear();
    has_intents_ = false;
    knows_intents_ = true;
}

void SqliteStore::look_up_intent(Row& row) {
    if (row.state != State::pending) return;
    sql_->intent_of.with(row.row);
    if (!sql_->intent_of.step()) return;
    row.state = State::running;
    row.tries = sql_->intent_of.integer(0);
    ++row.attempts;
    if (row.started_at == 0) row.started_at = sql_->intent_of.integer(1);
}

}  // namespace nightshift
