#include "engine/engine.hpp"

#include "base/bounds.hpp"
#include "base/disk.hpp"
#include "base/run_lock.hpp"
#include "base/text/clock_time.hpp"
#include "base/timestamp.hpp"
#include "engine/lane.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <algorithm>

namespace nightshift {
namespace {

// Rows claimed ahead per lane: half of them keep every slot busy while more are claimed.
constexpr int claim_batch = 128;
constexpr std::size_t lanes_per_turn = 256;  // of those that are asked for rows

}  // namespace

Engine::Engine(World& world, EngineOptions options, ProgressListener& listener)
    : shared_(world, std::move(options)),
      allowances_(shared_.options.limits),
      money_(shared_.options.prices, shared_.options.budget),
      listener_(listener) {
    shared_.slots->on_free([this] { shared_.changed.notify(); });
    shared_.accepted = [this](const std::string& endpoint, int http_status) {
        ++posts_;
        listener_.on_accepted(endpoint, http_status);
    };
    shared_.tell = [&listener](const std::string& text) { listener.on_notice(text); };
}

Engine::~Engine() {
    shared_.slots->on_free({});
}

// Claims what fits, starts it, and waits until something changed. Ends when no row is left that
// could still run, or when a stop has drained.
Async<Stop> Engine::run() {
    co_await load_lanes();
    co_await load_limits();
    co_await load_resend_budgets();
    co_await load_poll_plans();
    co_await load_money();
    co_await recover();
    begun_ = true;
    boost::asio::co_spawn(shared_.world.io, keep_time(), boost::asio::detached);
    check_disk();
    looking_ = wants_look();
    if (looking_) co_await look();  // all lanes have their rows before the first of them starts
    while (!finished()) {
        try {
            co_await fail_closed_lanes();
        } catch (const StorageError& error) {
            stop_for(error);  // replies in flight are waited for all the same
        }
        start_ready();
        tell_neighbours();
        if (finished()) break;
        // After the starts: what they took is claimed anew though no answer comes for long.
        if (wants_look()) {
            looking_ = true;
            boost::asio::co_spawn(shared_.world.io, look(), boost::asio::detached);
        }
        co_await shared_.changed.wait_until(next_wake());
    }
    ended_ = true;
    while (looking_) co_await shared_.changed.wait_until(Instant::max());
    if (shared_.stop.cause == StopCause::in_use) co_return shared_.stop;  // waited long enough
    // The time was up while the last tasks ended: nothing was stopped.
    if (stopped_by_ == RunBound::duration && is_all_done()) shared_.stop = {};
    stop_if_unserved();
    try {
        auto look_for_loss = [](Store& store) { return store.lacks_bodies(); };
        const bool lost = co_await shared_.world.queue.run(std::move(look_for_loss));
        if (lost) {
            stop(StopCause::storage,
                 "tasks in the queue have no body any more: the queue was changed; run the "
                 "manifest into a new folder with -o");
        }
        co_await save_limits();
        co_await save_poll_plans();
        co_await shared_.world.queue.sync_ledger();
    } catch (const StorageError& error) {
        stop_for(error);
    }
    co_return shared_.stop;
}

void Engine::stop(StopCause cause, std::string message) {
    shared_.stop_for(cause, std::move(message));
}

bool Engine::finished() const {
    if (shared_.stop.cause == StopCause::none || shared_.polls_go_on()) {
        if (active_ > 0 || looking_) return false;
        if (shared_.stop.cause != StopCause::none) return true;
        if (*guests_ > 0) return false;
        const bool waiting = std::any_of(order_.begin(), order_.end(),
                                         [](const LanePtr& lane) { return !lane->is_over(); });
        return !waiting && next_ready_ms_ == 0;
    }
    // A hard stop waits for replies in flight only; videos go on at the gateway.
    return *shared_.unsettled == 0 || shared_.world.clock.now() >= drain_end();
}

// All that this gateway serves is done: what is left waits for another base URL.
void Engine::stop_if_unserved() {
    for (const auto& lane : order_) {
        const auto pending = lane->counts.find(State::pending);
        const bool left = pending != lane->counts.end() && pending->second > 0;
        if (lane->unserved && left) return stop(StopCause::misconfigured, lane->paused);
    }
}

bool Engine::is_all_done() const {
    return std::all_of(order_.begin(), order_.end(), [](const LanePtr& lane) {
        const auto pending = lane->counts.find(State::pending);
        return pending == lane->counts.end() || pending->second == 0;
    });
}

Instant Engine::drain_end() const {
    return shared_.stopped_at + seconds(limits::drain_s);
}

bool Engine::wants_look() const {
    if (looking_ || shared_.stop.cause != StopCause::none) return false;
    if (look_again_) return true;
    // What was ready at the last look waits for room in its lane, not for time.
    if (next_ready_ms_ > looked_ms_ && next_ready_ms_ <= shared_.queue_ms()) return true;
    return std::any_of(order_.begin(), order_.end(), [](const LanePtr& lane) {
        return !lane->exhausted && lane->paused.empty() && !lane->has_enough(claim_batch / 2);
    });
}

// Beside the loop, which goes on starting what is claimed: a claim waits for the turn before it.
Async<void> Engine::look() {
    try {
        co_await refill();
    } catch (const StorageError& error) {
        stop_for(error);  // replies in flight are waited for all the same
    }
    looking_ = false;
    shared_.changed.notify();
}

Async<void> Engine::refill() {
    const auto now = shared_.queue_ms();
    looked_ms_ = now;
    bool asked = next_ready_ms_ > 0 && next_ready_ms_ <= now;
    if (std::exchange(look_again_, false)) asked = true;
    for (std::size_t i = 0; i < order_.size();) {  // lanes may be added meanwhile
        std::vector<LanePtr> asking;               // in one turn: they may be a hundred thousand
        for (; i < order_.size() && asking.size() < lanes_per_turn; ++i) {
            const auto& lane = order_[i];
            if (asked) lane->exhausted = false;
            if (lane->exhausted || !lane->paused.empty()) continue;
            if (lane->has_enough(claim_batch / 2)) continue;
            asking.push_back(lane);
        }
        if (asking.empty()) continue;
        co_await claim_for(asking, now);
        asked = true;
    }
    if (asked) {
        auto next = [](Store& store) { return store.next_ready_at(); };
        next_ready_ms_ = co_await shared_.world.queue.run(std::move(next));
    }
}

// A turn gives no more than one lane may have: the steps of rows under way wait for its end.
Async<void> Engine::claim_for(const std::vector<LanePtr>& lanes, std::int64_t now) {
    for (std::size_t first = 0; first < lanes.size();) {
        std::vector<std::vector<Row>> claimed;
        auto claim = [&lanes, &claimed, first, now](Store& store) {
            std::size_t rows = 0;
            for (auto i = first; i < lanes.size() && rows < claim_batch; ++i) {
                claimed.push_back(
                    store.claim({.lane = lanes[i]->lane.id, .limit = claim_batch, .now = now}));
                rows += claimed.back().size();
            }
        };
        co_await shared_.world.queue.run(std::move(claim));
        for (std::size_t i = 0; i < claimed.size(); ++i) {
            auto& lane = *lanes[first + i];
            lane.exhausted = claimed[i].empty();
            for (auto& row : claimed[i]) lane.buffer.push(std::move(row));
        }
        first += claimed.size();
    }
}

// Once a second: what only time brings about.
Async<void> Engine::keep_time() {
    for (;;) {
        auto& clock = shared_.world.clock;
        co_await clock.sleep_until(clock.now() + seconds(limits::ledger_sync_s));
        const double run_s = to_seconds(clock.now() - shared_.started);
        const double most = shared_.options.max_duration_s;
        if (most > 0 && run_s >= most) {
            if (shared_.stop.cause == StopCause::none) stopped_by_ = RunBound::duration;
            stop(StopCause::quota, "--max-duration reached");
        }
        const bool lost = shared_.lost_since_ms > 0;
        if (!shared_.reached && lost && run_s >= limits::unreachable_s) {
            stop(StopCause::misconfigured,
                 "the gateway was not reached for " + std::to_string(int(limits::unreachable_s)) +
                     " s (" + shared_.lost_because + "); check the base URL and the network");
        }
        check_disk();
        try {
            const auto passed = [now = clock.now()](Instant at, double period_s) {
                return now >= at + seconds(period_s);
            };
            const bool limits_due = passed(limits_saved_at_, limits::limits_saved_s);
            if (limits_due) co_await save_limits();
            const bool polls_due = passed(polls_saved_at_, limits::polls_saved_s);
            if (polls_due) co_await save_poll_plans();
            const bool dirty = std::exchange(ledger_dirty_, false);
            if (dirty) co_await shared_.world.queue.sync_ledger();
            if (!dirty) co_await shared_.world.queue.check_ground();
        } catch (const StorageError& error) {
            stop_for(error);
        }
    }
}

// The model answered model_unavailable too often: its other tasks fail without being sent.
Async<void> Engine::fail_closed_lanes() {
    for (std::size_t i = 0; i < order_.size(); ++i) {  // lanes may be added meanwhile
        const auto lane = order_[i];
        if (!lane->closed) continue;
        auto rows = lane->buffer.take_all();
        if (rows.empty()) continue;
        const auto now = shared_.world.clock.wall_ms();
        std::vector<Ending> endings;
        for (auto& row : rows) {
            const Closing closing{.state = State::failed,
                                  .outcome = {},
                                  .failure = lane->closed,
                                  .http_status = 0,
                                  .request_id = {},
                                  .finished_at = now,
                                  .latency_ms = {},
                                  .cost = cost_of(row, Ending{}),
                                  .gateway = shared_.world.gateway};
            Ending ending;
            ending.attempt.row = row.row;
            ending.attempt.number = row.tries;
            ending.has_attempt = false;
            ending.state = State::failed;
            ending.ledger_line = ledger_line(row, closing);
            ending.error_kind = name_of(lane->closed->kind);
            ending.finished_at = now;
            endings.push_back(std::move(ending));
        }
        // A row that was cancelled between its claim and here has its end already.
        auto end_all = [&endings](Store& store) {
            std::vector<bool> ended;
            for (const auto& ending : endings) ended.push_back(store.end(ending));
            return ended;
        };
        const auto ended = co_await shared_.world.queue.run(std::move(end_all));
        const auto failed = std::count(ended.begin(), ended.end(), true);
        lane->counts[State::pending] -= failed;
        lane->counts[State::failed] += failed;
        ledger_dirty_ = true;
        for (std::size_t k = 0; k < rows.size(); ++k) {
            if (!ended[k]) continue;
            auto event = untried_event(rows[k], State::failed);
            event.kind = name_of(lane->closed->kind);
            event.message = lane->closed->message;
            listener_.on_task(event);
        }
        listener_.on_notice(std::to_string(failed) + " tasks of " + lane->lane.model +
                            " failed without being sent: " + lane->closed->message);
        shared_.changed.notify();  // there may be more of them
    }
}

Engine::LanePtr Engine::lane_of(std::int64_t id) const {
    const auto found = lanes_.find(id);
    return found == lanes_.end() ? nullptr : found->second;
}

// Local storage failed, or somebody else has it.
void Engine::stop_for(const StorageError& error) {
    const bool in_use = dynamic_cast<const InUse*>(&error) != nullptr;
    stop(in_use ? StopCause::in_use : StopCause::storage, error.what());
}

// Stops before the disk is full: what was paid must still find room.
void Engine::check_disk() {
    const auto& folder = shared_.world.folders.root;
    const auto space = shared_.world.folders.disk->space(folder);
    if (space) disk_left_bytes_ = space->free_bytes;
    if (shared_.stop.cause != StopCause::none) return;
    if (!space || !is_nearly_full(*space)) return;
    const auto message = "the disk of " + folder.string() +
                         " is nearly full: " + std::to_string(space->free_bytes >> 20) +
                         " MiB left; make room and run the same command";
    listener_.on_notice("nothing more is sent: " + message);
    stop(StopCause::storage, message);
}

RunStatus Engine::status() const {
    RunStatus status;
    const auto now = shared_.world.clock.now();
    for (const auto& lane : order_) {
        LaneStatus each{.endpoint = lane->lane.endpoint,
                        .model = lane->lane.model,
                        .share = lane->allowance->name(),
                        .waiting = {},
                        .paused = {}};
        for (const auto& [state, count] : lane->counts) each.total += count;
        auto count = [&](State state) {
            const auto found = lane->counts.find(state);
            return found == lane->counts.end() ? 0 : found->second;
        };
        each.succeeded = count(State::succeeded);
        each.failed = count(State::failed);
        each.held = count(State::held);
        each.cancelled = count(State::cancelled);
        each.running = *lane->unsettled;
        each.submitted = lane->active - each.running + lane->left_at_gateway;
        each.retries = lane->retries;
        each.allowed = lane->makes_remote_tasks() ? lane->allowance->remote_places()
                                                  : lane->allowance->governor().window();
        each.retry_tokens = lane->retry_budget.left(now, lane->is_tail());
        each.output_bytes = lane->output_bytes;
        each.per_minute_most = lane->allowance->per_minute_most();
        status.output_bytes += lane->output_bytes;
        each.waiting = reason_to_wait(*lane, now);
        each.paused = lane->paused;
        status.lanes.push_back(std::move(each));
    }
    status.posts = posts_;
    status.retries = retries_;
    status.maybe_billed = maybe_billed_;
    status.flagged = flagged_;
    const auto commits = shared_.world.queue.commit_times();
    status.commits = commits.count;
    status.commits_s = commits.seconds;
    const auto& money = money_.total();
    if (money_.has_prices()) status.cost = money.cost;
    status.currency = shared_.options.currency;
    status.estimated_cost = money.estimated_cost;
    status.maybe_cost = money.maybe_cost;
    status.budget = money_.budget().most();
    status.disk_left_bytes = disk_left_bytes_;
    status.in_flight = shared_.slots->in_flight();
    status.concurrency = shared_.slots->total();
    if (shared_.stop.cause != StopCause::none) {
        status.notice = "stopping: " + shared_.stop.message;
    } else if (shared_.lost_since_ms > 0) {
        status.notice =
            "gateway unreachable since " + clock_time(shared_.lost_since_ms) + "; waiting";
    } else if (halted_since_ms_ > 0) {
        status.notice =
            "paused since " + clock_time(halted_since_ms_) + "; `nightshift resume` continues";
    } else {
        status.notice = shared_.link_waits.notice();
    }
    return status;
}

}  // namespace nightshift
