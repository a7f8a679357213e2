// Runs the queue: claims what fits, starts it, waits until something changed.
//
// One thread runs everything here; one more belongs to the queue's writer, one to file work.

#pragma once

#include "engine/attempt/live_attempt.hpp"
#include "engine/live_changes.hpp"
#include "engine/money.hpp"
#include "engine/run/progress.hpp"
#include "engine/run/run_state.hpp"
#include "ledger/ledger_line.hpp"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace nightshift {

class Engine {
public:
    Engine(World& world, EngineOptions options, ProgressListener& listener);
    ~Engine();  // coroutines that are still suspended may be destroyed after it
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    // Ends when nothing is left that could still run, or when a stop has drained. What was not
    // finished stays in the queue as it is. Throws StorageError when the queue fails.
    Async<Stop> run();

    // From a signal or a limit of the caller; the first cause counts.
    void stop(StopCause cause, std::string message);
    RunStatus status() const;
    // What was found out about limits, by the name of the lane or the configured rule.
    std::map<std::string, LearnedLimits> learned_limits() const;

    // Of what each lane holds beside its allowance; more is allocated when it begins to send.
    static std::size_t lane_bytes();

    // Which of the user's own bounds the run stopped at.
    RunBound stopped_by() const { return stopped_by_; }

    // What another process asks for while it runs (steering.cpp). On the loop.
    bool has_begun() const { return begun_; }
    // Why nothing more is taken, or empty. With a guest the run does not end by itself; who lets
    // one go calls `wake`.
    std::string why_closed() const;
    std::string why_unsettable() const;  // a stop that a raise lifts can be talked to
    std::shared_ptr<int> guest();
    void wake() { shared_.changed.notify(); }
    Halted pause(const LaneChoice& choice);
    Halted resume(const LaneChoice& choice);
    // Throws UsageError, before anything is changed, for a limit that it cannot set.
    std::vector<Changed> set(const Changes& changes);
    // The queue was given more: lanes and counts are read again.
    Async<void> take_in();
    // Terminal rows, which are not in flight.
    Async<std::int64_t> requeue(Selection selection);
    // Rows that were not sent. `line_of` as for the store.
    Async<std::int64_t> cancel(Selection selection, std::int64_t now,
                               std::function<std::string(const Row&)> line_of);

private:
    struct LaneState;
    using LanePtr = std::shared_ptr<LaneState>;

    // The loop's parts.
    bool finished() const;
    bool is_all_done() const;
    void stop_if_unserved();
    bool wants_look() const;
    Async<void> look();
    Async<void> refill();
    Async<void> claim_for(const std::vector<LanePtr>& lanes, std::int64_t now);
    void start_ready();
    Instant next_wake() const;
    Instant drain_end() const;
    std::optional<std::size_t> startable(LaneState& lane, Instant now);
    void start(LaneState& lane, std::size_t at, Instant now);
    Instant next_start_of(const LaneState& lane, Instant now) const;
    void tell_neighbours();
    bool is_still_used(const Allowance& allowance) const;
    std::string reason_to_wait(const LaneState& lane, Instant now) const;
    void note_health(LaneState& lane, const LiveAttempt& attempt, const Failure& failure);
    void answered_well(LaneState& lane);
    void note_tokens(LaneState& lane, LiveAttempt& attempt, const Usage& usage);
    void note_answer(LaneState& lane, LiveAttempt& attempt, Outcome answer);
    void pause_if_alike(LaneState& lane, const Failure& failure);
    void set_aside(const LaneState& first, const Failure& failure);
    Async<void> load_limits();
    Async<void> save_limits();
    Async<void> fail_closed_lanes();
    Async<void> keep_time();
    void check_disk();
    void stop_for(const StorageError& error);
    bool is_halted(const LaneState& lane) const;
    void lift_stop(RunBound bound);
    std::shared_ptr<Allowance> allowance_for(const LimitChange& change) const;
    Changed set_limit(const LimitChange& change);
    LanePtr add_lane(const Lane& lane);
    void recount(const std::vector<CountRow>& counts);

    // One row.
    void spawn(const LanePtr& lane, Row row, LaneHold hold, std::optional<http::Reply> recovered);
    Async<void> work(LanePtr lane, Row row, LaneHold hold, std::optional<http::Reply> recovered);
    Async<void> close_success(LaneState& lane, LiveAttempt& attempt, Outcome outcome);
    Async<void> close_failure(LaneState& lane, LiveAttempt& attempt, Failure failure);
    Async<void> close_as(LaneState& lane, LiveAttempt& attempt, Failure failure, Decision decision);
    Async<void> write(LaneState& lane, LiveAttempt& attempt, Ending ending,
                      std::string message = {});
    Ending ending_after(LaneState& lane, LiveAttempt& attempt, Failure& failure,
                        const Decision& decision);
    Closing closing_of(LiveAttempt& attempt, State state) const;
    double slow_down(LaneState& lane, const LiveAttempt& attempt, const Failure& failure,
                     const Decision& decision);
    RetryFacts facts_of(const LaneState& lane, const LiveAttempt& attempt) const;
    RetryRules rules_of(const LiveAttempt& attempt) const;

    // Money.
    Async<void> load_money();
    bool may_pay(const Row& row);
    static Deed deed_of(LiveAttempt& attempt);
    std::optional<double> cost_of(const Row& row, const Ending& ending) const;

    // After a restart.
    Async<void> load_lanes();
    Async<void> recover();
    Async<void> take_up(Row row);
    Async<bool> may_read(Row& row);
    Async<void> hold_unreadable(LanePtr lane, Row row);
    Async<void> close_interrupted(LanePtr lane, Row row);
    Async<void> load_resend_budgets();
    Async<void> load_poll_plans();
    Async<void> save_poll_plans();
    LanePtr lane_of(std::int64_t id) const;
    void tell(const LiveAttempt& attempt, const Ending& ending, const std::string& message);
    static TaskEvent untried_event(const Row& row, State state);

    Shared shared_;
    Allowances allowances_;
    ResendBudget resend_;
    Money money_;
    ProgressListener& listener_;
    std::map<std::int64_t, LanePtr> lanes_;
    std::vector<LanePtr> order_;       // round robin
    std::vector<LaneState*> sending_;  // LaneState::sends
    std::size_t turn_ = 0;
    int active_ = 0;                  // rows being worked on
    std::int64_t next_ready_ms_ = 0;  // earliest row that waits in the queue
    std::int64_t looked_ms_ = 0;      // when the queue was asked for ready rows last
    std::int64_t retries_ = 0, posts_ = 0, maybe_billed_ = 0, flagged_ = 0;
    bool looking_ = false;     // the queue is being asked for them
    bool look_again_ = false;  // a row came back meanwhile
    bool begun_ = false, ended_ = false;
    RunBound stopped_by_ = RunBound::none;  // ... of a stop that a raise lifts
    std::shared_ptr<int> guests_ = std::make_shared<int>(0);
    std::int64_t halted_since_ms_ = 0;              // the whole run, by `pause`; 0: it is not
    std::optional<std::uint64_t> disk_left_bytes_;  // at the latest look
    bool ledger_dirty_ = false;
    Instant limits_saved_at_ = {};
    std::map<std::string, LearnedLimits> limits_saved_;
    Instant polls_saved_at_ = Instant::min();
};

}  // namespace nightshift
