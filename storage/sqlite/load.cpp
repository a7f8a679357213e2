// Loading a manifest into the queue: what is new is added, what is known is met by policy.

#include "base/failure.hpp"
#include "storage/sqlite/statements.hpp"

namespace nightshift {
namespace {

// What a changed body may replace: nothing that is under way or waits for a decision.
bool may_be_replaced(State state) {
    return state == State::pending || state == State::succeeded || state == State::failed ||
           state == State::cancelled;
}

}  // namespace

void SqliteStore::begin_load(std::int64_t now_ms) {
    load_ms_ = now_ms;
    Statement last(db_, "SELECT coalesce(max(load), 0) + 1 FROM body");
    load_ = last.step() ? last.integer(0) : 1;
    // Beside many ids that are known, those that come are all over the index.
    if (!for_loading_) db_.run("PRAGMA cache_size = -32000");
    met_.clear();
}

// True when a line of this load has met the row already; from here on one has.
bool SqliteStore::meet(std::int64_t row) {
    const auto at = static_cast<std::size_t>(row);
    if (at >= met_.size()) met_.resize(at + 1);
    const bool before = met_[at];
    met_[at] = true;
    return before;
}

std::int64_t SqliteStore::lane_of(std::string_view endpoint, std::string_view model) {
    lane_key_.assign(endpoint).append(1, '\n').append(model);
    const auto found = lanes_.find(lane_key_);
    if (found != lanes_.end()) return found->second;
    Statement insert(db_,
                     "INSERT INTO lane (endpoint, model) VALUES (?, ?) ON CONFLICT DO NOTHING");
    insert.with(endpoint, model).execute();
    Statement read(db_, "SELECT lane FROM lane WHERE endpoint = ? AND model = ?");
    read.with(endpoint, model);
    const auto lane = read.step() ? read.integer(0) : 0;
    lanes_.emplace(lane_key_, lane);
    return lane;
}

std::int64_t SqliteStore::manifest_of(std::string_view name) {
    const std::string key(name);
    const auto found = manifests_.find(key);
    if (found != manifests_.end()) return found->second;
    Statement insert(db_, "INSERT INTO manifest (name) VALUES (?) ON CONFLICT DO NOTHING");
    insert.with(name).execute();
    Statement read(db_, "SELECT manifest FROM manifest WHERE name = ?");
    read.with(name);
    const auto manifest = read.step() ? read.integer(0) : 0;
    manifests_.emplace(key, manifest);
    return manifest;
}

Added SqliteStore::add(const NewTask& task, OnChange on_change) {
    const auto lane = lane_of(task.endpoint, task.model);
    const auto& estimate = task.estimate;
    sql_->insert_task.with(task.id, lane, task.priority).execute();
    if (db_.changes() == 0) return meet_known(task, on_change);
    // Before another insert: the manifest may need a row, and arguments come in no order.
    const auto row = db_.last_row();
    meet(row);
    sql_->insert_body
        .with(row, task.path, task.stream, task.body, task.envelope, manifest_of(task.manifest),
              task.line, load_ms_, load_, estimate.input_tokens, estimate.output_tokens_max,
              estimate.images, estimate.seconds, estimate.characters)
        .execute();
    count(lane, State::pending, +1);
    return {};
}

void SqliteStore::set_estimate(std::int64_t row, const Estimate& estimate) {
    sql_->estimate
        .with(estimate.input_tokens, estimate.output_tokens_max, estimate.images, estimate.seconds,
              estimate.characters, row)
        .execute();
}

Added SqliteStore::would_add(const NewTask& task) {
    settle_intents();
    Added added;
    sql_->known.with(task.id);
    if (!sql_->known.step()) return added;
    added.state = static_cast<State>(sql_->known.integer(2));
    added.manifest = sql_->known.text(6);
    added.line = sql_->known.integer(7);
    Statement lane(db_, "SELECT 1 FROM lane WHERE lane = ? AND endpoint = ? AND model = ?");
    lane.with(sql_->known.integer(1), task.endpoint, task.model);
    const bool same =
        lane.step() && sql_->known.text(3) == task.path && sql_->known.text(4) == task.body;
    const bool same_envelope = sql_->known.text(5) == task.envelope;
    added.what = !same           ? Added::What::changed
                 : same_envelope ? Added::What::same
                                 : Added::What::same_other_envelope;
    return added;
}

Added SqliteStore::meet_known(const NewTask& task, OnChange on_change) {
    settle_intents();
    sql_->known.with(task.id);
    if (!sql_->known.step()) throw StorageError("add " + std::string(task.id) + ": row vanished");
    const auto row = sql_->known.integer(0), old_lane = sql_->known.integer(1);
    const auto state = static_cast<State>(sql_->known.integer(2));
    const auto lane = lane_of(task.endpoint, task.model);
    Added added;
    added.state = state;
    added.manifest = sql_->known.text(6);
    added.line = sql_->known.integer(7);
    added.this_load = meet(row);
    const auto estimate = estimate_at(sql_->known, 8);
    const bool same =
        old_lane == lane && sql_->known.text(3) == task.path && sql_->known.text(4) == task.body;
    if (same) {
        added.what = sql_->known.text(5) == task.envelope ? Added::What::same
                                                          : Added::What::same_other_envelope;
        if (estimate == Estimate{} && task.estimate != estimate) set_estimate(row, task.estimate);
        return added;
    }
    added.what = Added::What::changed;
    if (on_change != OnChange::replace || !may_be_replaced(state) || added.this_load) return added;
    places_.erase(row);
    sql_->keep_attempt.with(row).execute();
    sql_->replace_task.with(lane, task.priority, row).execute();
    sql_->replace_body
        .with(task.path, task.stream, task.body, task.envelope, manifest_of(task.manifest),
              task.line, load_, row)
        .execute();
    set_estimate(row, task.estimate);
    sql_->forget_notes.with(row).execute();
    count(old_lane, state, -1);
    count(lane, State::pending, +1);
    added.what = Added::What::replaced;
    return added;
}

}  // namespace nightshift
