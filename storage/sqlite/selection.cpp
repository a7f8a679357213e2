#include "storage/sqlite/selection.hpp"

#include "base/text/glob.hpp"
#include "storage/sqlite/statements.hpp"

#include <algorithm>

namespace nightshift {
namespace {

std::string sql_text(std::string_view text) {
    std::string sql = "'";
    for (const char c : text) {
        sql += c;
        if (c == '\'') sql += c;
    }
    return sql + "'";
}

std::string sql_list(const std::vector<std::string>& values) {
    std::string list;
    for (const auto& value : values) list += (list.empty() ? "(" : ", ") + sql_text(value);
    return list + ")";
}

// json_each has booleans as 1 and 0: they are asked for by their JSON names.
constexpr const char* metadata_value =
    "CASE m.type WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'null' THEN 'null' "
    "ELSE CAST(m.value AS TEXT) END";

bool any_matches(const std::vector<std::string>& globs, const std::string& text) {
    return std::any_of(globs.begin(), globs.end(),
                       [&](const std::string& glob) { return glob_matches(glob, text); });
}

}  // namespace

std::string SqliteStore::lanes_matching(const Selection& selection) {
    const auto& endpoints = selection.endpoints;
    std::string list;
    for (const auto& lane : lanes()) {
        const bool other =
            std::find(endpoints.begin(), endpoints.end(), lane.endpoint) == endpoints.end();
        if (!endpoints.empty() && other) continue;
        if (!selection.models.empty() && !any_matches(selection.models, lane.model)) continue;
        list += (list.empty() ? "" : ", ") + std::to_string(lane.id);
    }
    return list;
}

// Whoever writes has brought all intents into their rows; whoever only reads finds them beside.
std::string SqliteStore::where_state(const std::vector<State>& states) const {
    std::string list;
    for (const auto state : states) {
        list += (list.empty() ? "" : ", ") + std::to_string(static_cast<int>(state));
    }
    std::string where = "t.state IN (" + list + ")";
    const auto wants = [&](State state) {
        return std::find(states.begin(), states.end(), state) != states.end();
    };
    const bool pending = wants(State::pending), running = wants(State::running);
    if (!pending && !wants(State::succeeded)) where += NIGHTSHIFT_IS_ACTIVE;
    if (pending == running || writes_) return where;
    return running ? "(" + where + " OR t.row IN (SELECT row FROM under_way))"
                   : where + " AND t.row NOT IN (SELECT row FROM under_way)";
}

// Conditions on `task t`. Values are quoted, never spliced raw.
std::string SqliteStore::where_of(const Selection& selection) {
    std::string where = "1";
    if (!selection.states.empty()) {
        where += " AND " + where_state(selection.states);
    }
    if (!selection.endpoints.empty() || !selection.models.empty()) {
        where += " AND t.lane IN (" + lanes_matching(selection) + ")";
    }
    if (selection.without_estimate) {
        where +=
            " AND EXISTS (SELECT 1 FROM body b WHERE b.row = t.row AND b.input_tokens = 0 AND "
            "b.output_tokens_max = 0 AND b.images = 0 AND b.seconds = 0 AND b.characters = 0)";
    }
    if (selection.of_last_load) {
        where += " AND EXISTS (SELECT 1 FROM body b WHERE b.row = t.row AND b.load = " +
                 std::to_string(load_) + ")";
    }
    if (!selection.ids.empty()) where += " AND t.id IN " + sql_list(selection.ids);
    if (!selection.kinds.empty()) where += " AND t.error_kind IN " + sql_list(selection.kinds);
    if (!selection.flags.empty()) {
        where += " AND t.flags <> '' AND EXISTS (SELECT 1 FROM json_each(t.flags) WHERE value IN " +
                 sql_list(selection.flags) + ")";
    }
    if (!selection.tags.empty()) {
        where +=
            " AND EXISTS (SELECT 1 FROM body b, json_each(b.envelope, '$.tags') "
            "WHERE b.row = t.row AND json_each.value IN " +
            sql_list(selection.tags) + ")";
    }
    for (const auto& [key, values] : selection.metadata) {
        where +=
            " AND EXISTS (SELECT 1 FROM body b, json_each(b.envelope, '$.metadata') m "
            "WHERE b.row = t.row AND m.key = " +
            sql_text(key) + " AND " + metadata_value + " IN " + sql_list(values) + ")";
    }
    return where;
}

std::string SqliteStore::where_of(const Selection& selection, const Batch& batch) {
    return where_of(selection) + " AND t.row > " + std::to_string(batch.after) +
           " ORDER BY t.row LIMIT " + std::to_string(batch.rows);
}

std::string SqliteStore::where_selected() const {
    return selected_ ? "t.row IN (SELECT row FROM selected)" : "1";
}

std::int64_t SqliteStore::count_of(const Selection& selection) {
    settle_intents();
    Statement read(db_, "SELECT count(*) FROM task t WHERE " + where_of(selection));
    return read.step() ? read.integer(0) : 0;
}

void SqliteStore::each_chosen(const Selection& selection,
                              const std::function<void(Chosen)>& chosen) {
    settle_intents();
    Statement read(db_,
                   "SELECT t.id, l.endpoint, l.model, " NIGHTSHIFT_STATE
                   ", t.error_kind, t.maybe_billed, "
                   "EXISTS (SELECT 1 FROM note n WHERE n.row = t.row AND n.key = 'remote_id'), "
                   "b.input_tokens, b.output_tokens_max, b.images, b.seconds, b.characters, "
                   "t.attempts, t.cost, t.flags FROM task t JOIN body b USING (row) JOIN lane l "
                   "USING (lane) WHERE " +
                       where_of(selection) + " ORDER BY t.row");
    while (read.step()) {
        Chosen row;
        row.id = read.text(0);
        row.endpoint = read.text(1);
        row.model = read.text(2);
        row.state = static_cast<State>(read.integer(3));
        row.error_kind = read.text(4);
        row.maybe_billed = read.integer(5);
        row.polls_again = read.integer(6) != 0 && !ended_at_gateway(row.error_kind);
        row.estimate = estimate_at(read, 7);
        row.attempts = read.integer(12);
        row.cost = read.real(13);
        row.flags = read.text(14);
        chosen(std::move(row));
    }
}

std::vector<TroubleGroup> SqliteStore::troubles() {
    Statement read(db_,
                   "SELECT g.state, g.error_kind, l.endpoint, l.model, g.tasks, f.id, "
                   "coalesce((SELECT line FROM ledger WHERE seq = f.ledger), '') "
                   "FROM (SELECT t.state, t.error_kind, t.lane, count(*) AS tasks, min(t.row) AS "
                   "first FROM task t WHERE t.state IN (4, 5)" NIGHTSHIFT_IS_ACTIVE " AND " +
                       where_selected() +
                       " GROUP BY t.state, t.error_kind, t.lane) g JOIN task f ON f.row = g.first "
                       "JOIN lane l ON l.lane = g.lane ORDER BY g.tasks DESC, f.row");
    std::vector<TroubleGroup> troubles;
    while (read.step()) {
        TroubleGroup trouble;
        trouble.state = static_cast<State>(read.integer(0));
        trouble.error_kind = read.text(1);
        trouble.endpoint = read.text(2);
        trouble.model = read.text(3);
        trouble.count = read.integer(4);
        trouble.id = read.text(5);
        trouble.ledger_line = read.text(6);
        troubles.push_back(std::move(trouble));
    }
    return troubles;
}

std::vector<LaneCost> SqliteStore::costs() {
    Statement read(db_,
                   "SELECT l.endpoint, l.model, c.cost FROM (SELECT lane, sum(cost) AS cost FROM "
                   "task GROUP BY lane) c JOIN lane l USING (lane) WHERE c.cost > 0 ORDER BY "
                   "c.cost DESC, l.lane");
    std::vector<LaneCost> costs;
    while (read.step()) {
        costs.push_back({.endpoint = std::string(read.text(0)),
                         .model = std::string(read.text(1)),
                         .cost = read.real(2)});
    }
    return costs;
}

std::vector<std::string> SqliteStore::names(Names what) {
    const auto* sql = "SELECT id FROM task";
    if (what == Names::tags) {
        sql = "SELECT DISTINCT e.value FROM body b, json_each(b.envelope, '$.tags') e";
    }
    if (what == Names::flags) {
        sql = "SELECT DISTINCT e.value FROM task t, json_each(t.flags) e WHERE t.flags <> ''";
    }
    Statement read(db_, sql);
    std::vector<std::string> names;
    while (read.step()) names.emplace_back(read.text(0));
    return names;
}

std::map<std::string, std::int64_t> SqliteStore::flag_counts() {
    Statement read(db_,
                   "SELECT f.value, count(*) FROM task t, json_each(t.flags) f WHERE t.state = 3 "
                   "AND t.flags <> '' AND " +
                       where_selected() + " GROUP BY f.value");
    std::map<std::string, std::int64_t> counts;
    while (read.step()) counts[std::string(read.text(0))] = read.integer(1);
    return counts;
}

}  // namespace nightshift
