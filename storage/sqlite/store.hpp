// The queue in one SQLite file: WAL, synchronous=EXTRA, one connection that writes and
// checkpoints (SQLite 3.40 has the WAL-reset bug: two writing connections are not allowed; the
// run lock sees to it). Readers open the same file read-only.

#pragma once

#include "storage/sqlite/db.hpp"
#include "storage/sqlite/intents.hpp"
#include "storage/sqlite/journal_mode.hpp"
#include "storage/store.hpp"

#include <filesystem>
#include <memory>
#include <unordered_map>
#include <unordered_set>

namespace nightshift {

// What a queue lies on; by default what its file system is.
struct SqliteOptions {
    std::optional<Journal> journal = {};  // default: as the file system allows
    std::string vfs = {};                 // a registered sqlite3_vfs
    bool for_loading =
        false;  // a new one: trusts its rows, and has no indexes before `make_indexes`
};

class SqliteStore : public Store {
public:
    // Creates or opens; brings a queue of an older version up to date when it may write. Throws
    // StorageError; a queue of a newer version is refused.
    SqliteStore(const std::filesystem::path& path, SqliteDb::Mode mode,
                const SqliteOptions& options = {});
    ~SqliteStore() override;

    // Of a queue that was made `for_loading`, once it is loaded.
    void make_indexes();

    void transact(const std::function<void()>& work) override;
    void begin_load(std::int64_t now_ms) override;
    Added add(const NewTask& task, OnChange on_change) override;
    Added would_add(const NewTask& task) override;
    std::int64_t select(const Selection& selection) override;
    void also_select(const Selection& selection) override;
    std::vector<Lane> lanes() override;
    std::vector<Row> claim(const ClaimQuery& query) override;
    void release(std::int64_t row) override;
    std::int64_t next_ready_at() override;
    void bring_forward(std::int64_t latest) override;
    bool intend(std::int64_t row, std::int64_t number, std::int64_t now) override;
    void remember(std::int64_t row, const std::string& key, const std::string& value) override;
    void accept(const AttemptRecord& attempt, const std::string& remote_id) override;
    bool end(const Ending& ending) override;
    std::vector<Row> unfinished(State state) override;
    bool lacks_bodies() override;
    std::string meta(const std::string& key) override;
    void set_meta(const std::string& key, const std::string& value) override;
    Charge spent() override;
    std::vector<CountRow> counts() override;
    std::int64_t count_of(const Selection& selection) override;
    void each_chosen(const Selection& selection,
                     const std::function<void(Chosen)>& chosen) override;
    std::vector<TroubleGroup> troubles() override;
    std::map<std::string, std::int64_t> flag_counts() override;
    std::vector<LaneCost> costs() override;
    std::vector<std::string> names(Names what) override;
    std::optional<TaskView> find(const std::string& id) override;
    std::vector<LedgerLine> ledger_after(std::int64_t after, int limit) override;
    std::vector<LedgerLine> take_committed() override;
    Moved requeue(const Selection& selection, std::int64_t now, const Batch& batch) override;
    Moved cancel(const Selection& selection, std::int64_t now,
                 const std::function<std::string(const Row&)>& line_of,
                 const Batch& batch) override;
    std::optional<Row> find_row(std::int64_t number) override;

private:
    struct Statements;
    // Where a task is. With a turn, its intent stands in `intent` alone, and its row is as before.
    struct Place {
        std::int64_t lane = 0;
        State state = State::pending;
        std::int64_t tries = 0;
        std::int64_t turn = 0;  // the rest: only with one
        std::int64_t intended_at = 0;
        std::int64_t tries_in_row = 0;
    };
    // Keys in `meta`: everything that was or may have been paid; of it what may have been; what
    // the rest had been estimated at.
    static constexpr const char* spent_key = "spent";
    static constexpr const char* maybe_spent_key = "spent.maybe";
    static constexpr const char* estimated_key = "spent.estimated";

    void create_or_check(SqliteDb::Mode mode, Journal journal, bool for_loading);
    void make_is_claimed();
    std::int64_t lane_of(std::string_view endpoint, std::string_view model);
    std::int64_t manifest_of(std::string_view name);
    void count(std::int64_t lane, State state, std::int64_t delta);
    // Brings an intent into the row of its task; or all of them, for verbs that look at rows by
    // state.
    void settle_intent(std::int64_t row, Place& place);
    void settle_intents();
    void write_intents();
    // For whoever only reads: corrects a row that is under way.
    void look_up_intent(Row& row);
    void write_tally();
    void write_charges();
    std::optional<Place> place_of(std::int64_t row);
    void record(const AttemptRecord& attempt);
    // Returns its sequence number. `attempt`: what led there, if it has no record yet.
    std::int64_t append_ledger(std::int64_t row, const std::string& line, const std::string& reply,
                               const AttemptRecord* attempt = nullptr);
    void set_estimate(std::int64_t row, const Estimate& estimate);
    static Estimate estimate_at(const Statement& statement, int column);
    bool meet(std::int64_t row);
    Added meet_known(const NewTask& task, OnChange on_change);
    Row row_of(const Statement& statement);
    void read_notes(Row& row);
    std::string where_of(const Selection& selection);
    std::string where_of(const Selection& selection, const Batch& batch);
    std::string where_state(const std::vector<State>& states) const;
    std::string where_selected() const;
    std::string lanes_matching(const Selection& selection);

    SqliteDb db_;
    std::unique_ptr<Statements> sql_;
    std::unordered_set<std::int64_t> claimed_;
    std::unordered_map<std::int64_t, Place> places_;  // of rows on their way, if known
    const bool for_loading_, writes_;
    IntentTurns intents_;
    bool has_intents_ = writes_;     // the table has, or may have: never asked by a reader
    bool knows_intents_ = !writes_;  // those are in `places_`
    std::unordered_map<std::string, std::int64_t> lanes_, manifests_;
    std::map<std::pair<std::int64_t, State>, std::int64_t> tally_;  // not yet written
    Charge charges_;                                                // not yet written
    std::vector<LedgerLine> pending_lines_, committed_lines_;
    std::int64_t load_ = 0, load_ms_ = 0;  // the load under way and when it began
    std::vector<bool> met_;  // by row: since begin_load, as the ids of millions take much memory
    std::int64_t next_seq_ = 1;
    std::string lane_key_;
    bool selected_ = false;
};

}  // namespace nightshift
