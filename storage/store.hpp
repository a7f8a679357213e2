// The queue's verbs. Blocking, single-threaded, in batches: `Queue` (src/engine/run/queue.hpp) adds
// asynchrony and group commit outside. Times are Unix milliseconds that the caller passes in.
//
// Row states, and who moves them (only this state machine survives a crash):
//
//   pending --intend--> running --end--> succeeded | failed | held
//      ^                  |   \--accept (remote id)--> submitted --end--> succeeded | failed
//      +---- again -------+
//   crash: running -> unknown outcome (the rule of --resend decides), submitted -> submitted
//
// Order is the correctness argument: intent before POST, remote id before the first poll, file
// before row, row before ledger line.

#pragma once

#include "model/price.hpp"
#include "model/state.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nightshift {

// A task on its way in. Borrowed for the call.
struct NewTask {
    std::string_view id, endpoint, model, path, body;
    std::string_view envelope;  // JSON object: tags, metadata, timeout, max_attempts, expect
    std::int64_t priority = 0;
    bool stream = false;
    std::string_view manifest;
    std::int64_t line = 0;  // 1-based
    Estimate estimate = {};
};

enum class OnChange { error, skip, replace };

struct Added {
    enum class What {
        added,
        same,                 // known id, same endpoint, path and body: skipped (an estimate
                              // that is missing is filled in)
        same_other_envelope,  // same body, other tags or metadata: skipped, worth a note
        replaced,
        changed,  // known id, other body, and policy or state forbids replacing
    } what = What::added;
    bool this_load = false;  // an earlier line of this load had the id, too
    std::string manifest;    // of the known one
    std::int64_t line = 0;
    State state = State::pending;
};

struct Lane {
    std::int64_t id = 0;
    std::string endpoint, model;
    std::int64_t pending = 0;  // rows in state pending, whenever they are ready
};

// Money, in the price table's unit. Sums may be corrected later: below zero.
struct Charge {
    double cost = 0;            // known to be paid
    double maybe_cost = 0;      // estimate of what may have been paid: unknown outcomes
    double estimated_cost = 0;  // what `cost` had been estimated at

    Charge& operator+=(const Charge& more);
    friend Charge operator-(Charge left, const Charge& right);
};

// A row as the engine needs it.
struct Row {
    std::int64_t row = 0, lane = 0;
    std::string id, endpoint, model, path, body, envelope, manifest;
    std::int64_t line = 0;
    bool stream = false;
    State state = State::pending;
    std::int64_t tries = 0;     // intents ever made: the fencing token of the next is tries + 1
    std::int64_t attempts = 0;  // POSTs made
    std::int64_t failures = 0;  // attempts used up in the present round (retry starts a new one)
    std::int64_t maybe_billed = 0;
    double cost = 0;  // known of all its attempts so far
    std::int64_t queued_at = 0, started_at = 0, submitted_at = 0, ready_at = 0;
    Estimate estimate;                         // all 0: loaded by a version that kept none
    std::map<std::string, std::string> notes;  // what was remembered
};

// What one attempt was, written when it ends (or is found unfinished after a crash).
struct AttemptRecord {
    std::int64_t row = 0, number = 0;  // number = the intent's fencing token
    std::int64_t started_at = 0, ended_at = 0;
    int http_status = 0;
    std::string request_id;
    std::string verdict;  // "ok", or an error kind
    std::string code, message;
    bool maybe_billed = false;
    bool sent = true;  // false: proof that no POST was made; not counted in attempts
};

// How an attempt ended and what becomes of its row; written in one transaction.
struct Ending {
    AttemptRecord attempt;
    bool has_attempt = true;       // false: the row ends without a POST of its own (polls, crash)
    State state = State::pending;  // pending = again
    std::int64_t ready_at = 0;     // with pending: not before
    bool counts_as_failure = false;
    std::map<std::string, std::string> notes;  // remembered together with it
    std::string ledger_line;                   // with a terminal state: without the line feed
    std::string error_kind;                    // with failed and held
    std::string flags;                         // JSON list, for selectors
    std::string reply;                         // whole of a success; else what came, for show
    std::int64_t finished_at = 0;
    Charge charge;  // added to the row's cost and to what the run directory spent
};

struct ClaimQuery {
    std::int64_t lane = 0;
    int limit = 0;
    std::int64_t now = 0;
};

// What run --only and --limit, retry and cancel work on. A row must meet every list that is not
// empty, by any one of its values.
struct Selection {
    std::vector<State> states;
    std::vector<std::string> endpoints, models;  // models: globs
    std::vector<std::string> tags, ids, kinds, flags;
    // A field of the task's metadata and what it may be, as text.
    std::map<std::string, std::vector<std::string>> metadata;
    bool without_estimate = false;  // only rows that a version loaded which kept none
    bool of_last_load = false;      // only rows that were added since the last begin_load
    std::int64_t limit = -1;        // -1: all
};

// A change of many rows is made in batches, each whole: of those with larger numbers than `after`
// the first `rows`, or fewer when their ledger lines come to `bytes` before.
struct Batch {
    std::int64_t after = 0;
    std::int64_t rows = 5000;
    std::size_t bytes = std::size_t{16} << 20;
};

// What a batch moved.
struct Moved {
    std::int64_t count = 0;
    std::int64_t last = 0;             // the batch after this one begins behind it
    bool more = false;                 // there may be one
    std::vector<std::int64_t> polled;  // rows that went to `submitted`
};

// A row that a selection meets, without its body.
struct Chosen {
    std::string id, endpoint, model;
    State state = State::pending;
    std::string error_kind;
    std::int64_t maybe_billed = 0;
    bool polls_again = false;  // a requeue asks for it at the gateway, and pays nothing
    Estimate estimate;
    std::int64_t attempts = 0;
    double cost = 0;    // known, of all its attempts
    std::string flags;  // JSON list, or empty
};

// What is known to be paid for the tasks of one endpoint and model.
struct LaneCost {
    std::string endpoint, model;
    double cost = 0;
};

// What the tasks of a queue are called and marked with: for the word that a selector may mean.
enum class Names { ids, tags, flags };

// Rows of one lane that ended alike.
struct TroubleGroup {
    State state = State::failed;  // or held
    std::string error_kind, endpoint, model;
    std::int64_t count = 0;
    std::string id, ledger_line;  // of the first of them
};

struct CountRow {
    std::string endpoint, model;
    State state = State::pending;
    std::int64_t count = 0;
    std::int64_t oldest_at = 0;  // smallest queued_at
};

struct TaskView {  // for `show`
    Row row;
    std::vector<AttemptRecord> attempts;
    std::optional<std::string> ledger_line;  // the latest
    std::optional<std::string> reply;
    std::string error_kind;
};

class Store {
public:
    virtual ~Store() = default;

    // Runs `work` in one IMMEDIATE transaction; an exception rolls it back and leaves.
    virtual void transact(const std::function<void()>& work) = 0;

    // Loading. Between begin_load and the end of its transaction, `this_load` is known.
    // `now_ms`: Unix time, kept as the time at which its tasks were queued.
    virtual void begin_load(std::int64_t now_ms) = 0;
    virtual Added add(const NewTask& task, OnChange on_change) = 0;
    // What `add` would say, without doing it.
    virtual Added would_add(const NewTask& task) = 0;

    // What this run works on. Without it: everything. Not durable.
    virtual std::int64_t select(const Selection& selection) = 0;
    // These rows, too, whatever was selected; without a selection nothing changes.
    virtual void also_select(const Selection& selection) = 0;
    virtual std::vector<Lane> lanes() = 0;
    // Ready rows of a lane by priority, then age; never one twice to this process until it has
    // been given back by `end` (or `release`).
    virtual std::vector<Row> claim(const ClaimQuery& query) = 0;
    virtual void release(std::int64_t row) = 0;
    // Smallest ready_at of pending rows that nobody has claimed, 0 when there is none.
    virtual std::int64_t next_ready_at() = 0;

    // Rows that wait for later than `latest` wait until then: somebody set the wall clock back.
    virtual void bring_forward(std::int64_t latest) = 0;

    // False when the row is not pending any more (cancelled meanwhile): do not send.
    virtual bool intend(std::int64_t row, std::int64_t number, std::int64_t now) = 0;
    virtual void remember(std::int64_t row, const std::string& key, const std::string& value) = 0;
    // The gateway took it: remote id durable, state submitted, the attempt recorded.
    virtual void accept(const AttemptRecord& attempt, const std::string& remote_id) = 0;
    // False when the row has another attempt by now (a late writer): nothing was written.
    virtual bool end(const Ending& ending) = 0;

    // What a crash left behind.
    virtual std::vector<Row> unfinished(State state) = 0;  // running or submitted

    // Policy counters that outlive a run (resends used per endpoint, ...).
    virtual std::string meta(const std::string& key) = 0;  // "" when absent
    virtual void set_meta(const std::string& key, const std::string& value) = 0;
    // All charges of all endings ever.
    virtual Charge spent() = 0;

    // Views.
    // Some of the first pending tasks have no body: the queue was changed by another program.
    virtual bool lacks_bodies() { return false; }
    virtual std::vector<CountRow> counts() = 0;  // of the selection, if any
    virtual std::int64_t count_of(const Selection& selection) = 0;
    // Oldest first. `chosen` must not use the store.
    virtual void each_chosen(const Selection& selection,
                             const std::function<void(Chosen)>& chosen) = 0;
    std::vector<Chosen> choose(const Selection& selection);
    // Of the selection of this run, if any: most frequent first.
    virtual std::vector<TroubleGroup> troubles() = 0;
    virtual std::map<std::string, std::int64_t> flag_counts() = 0;  // of what succeeded
    virtual std::vector<LaneCost> costs() = 0;  // of everything; only lanes that cost something
    // Each once. Reads every task: for messages about what is not there.
    virtual std::vector<std::string> names(Names what) = 0;
    virtual std::optional<TaskView> find(const std::string& id) = 0;

    // Ledger projection: lines after sequence number `after`, in order of finishing.
    struct LedgerLine {
        std::int64_t seq = 0;
        std::string text;
    };
    virtual std::vector<LedgerLine> ledger_after(std::int64_t after, int limit) = 0;
    // Lines whose transaction was committed since the last call.
    virtual std::vector<LedgerLine> take_committed() = 0;

    // Requeue and cancel one batch. What has moved does not meet the selection any more, so that
    // after an interruption the same calls move the rest. `cancel` moves pending rows, and held
    // ones where the selection names that state; their ledger lines are what `line_of` supplies.
    virtual Moved requeue(const Selection& selection, std::int64_t now, const Batch& batch) = 0;
    virtual Moved cancel(const Selection& selection, std::int64_t now,
                         const std::function<std::string(const Row&)>& line_of,
                         const Batch& batch) = 0;
    // nullopt when there is no such row.
    virtual std::optional<Row> find_row(std::int64_t number) = 0;
};

}  // namespace nightshift
