// A run that is changed while it runs: paused and resumed, other limits, more or fewer tasks.

#include "base/failure.hpp"
#include "base/text/glob.hpp"
#include "engine/lane.hpp"

#include <fmt/format.h>

#include <set>

namespace nightshift {
namespace {

bool is_chosen(const Lane& lane, const LaneChoice& choice) {
    if (!choice.endpoint.empty() && choice.endpoint != lane.endpoint) return false;
    return choice.model.empty() || glob_matches(choice.model, lane.model);
}

bool chooses_all(const LaneChoice& choice) {
    return choice.endpoint.empty() && choice.model.empty();
}

std::string text_of(const std::optional<double>& value) {
    return value ? fmt::format("{:.15g}", *value) : "none";
}

template <class Value>
Changed exchange_field(std::optional<Value>& field, const LimitChange& change) {
    const auto word = [](const std::optional<Value>& value) {
        return value ? fmt::format("{:.15g}", static_cast<double>(*value)) : std::string("none");
    };
    Changed changed{.name = change.name, .before = word(field), .after = {}};
    field.reset();
    if (change.value) field = static_cast<Value>(*change.value);
    changed.after = word(field);
    return changed;
}

}  // namespace

std::string Engine::why_closed() const {
    if (ended_) return "the run is ending";
    if (shared_.stop.cause != StopCause::none) {
        return "the run is stopping (" + shared_.stop.message + ")";
    }
    return {};
}

std::string Engine::why_unsettable() const {
    return stopped_by_ != RunBound::none && !ended_ ? "" : why_closed();
}

std::shared_ptr<int> Engine::guest() {
    ++*guests_;
    return {guests_.get(), [count = guests_](int*) { --*count; }};
}

bool Engine::is_halted(const LaneState& lane) const {
    return lane.halted_since_ms > 0;
}

Halted Engine::pause(const LaneChoice& choice) {
    Halted halted;
    const auto now = shared_.world.clock.wall_ms();
    if (chooses_all(choice) && halted_since_ms_ == 0) halted_since_ms_ = now;
    for (auto& lane : order_) {
        if (!is_chosen(lane->lane, choice)) continue;
        ++halted.lanes;
        halted.in_flight += *lane->unsettled;
        if (is_halted(*lane)) continue;
        lane->halted_since_ms = now;
        ++halted.changed;
    }
    return halted;
}

// Who resumes a lane has looked at what failed, too.
Halted Engine::resume(const LaneChoice& choice) {
    Halted halted;
    halted_since_ms_ = 0;
    for (auto& lane : order_) {
        if (!is_chosen(lane->lane, choice)) continue;
        ++halted.lanes;
        halted.in_flight += *lane->unsettled;
        if (is_halted(*lane) || !lane->paused.empty()) ++halted.changed;
        lane->halted_since_ms = 0;
        lane->paused.clear();
        lane->unserved = false;
        lane->health.succeeded();
    }
    wake();
    return halted;
}

std::shared_ptr<Allowance> Engine::allowance_for(const LimitChange& change) const {
    if (auto found = allowances_.under(change.match, change.endpoint)) return found;
    std::vector<LanePtr> lanes;
    for (const auto& lane : order_) {
        if (is_chosen(lane->lane, {change.endpoint, change.match})) lanes.push_back(lane);
    }
    const auto word = change.match.empty() ? change.endpoint : change.match;
    if (lanes.empty()) {
        throw UsageError(fmt::format("{}: no [[limit]] and no lane of this run is called \"{}\"",
                                     change.name, word));
    }
    if (lanes.size() > 1) {
        std::string models;
        for (const auto& lane : lanes) models += (models.empty() ? "" : ", ") + lane->lane.model;
        throw UsageError(
            fmt::format("{}: no [[limit]] is called \"{}\", and it names {} lanes; "
                        "name one of {}",
                        change.name, word, lanes.size(), models));
    }
    const auto& lane = *lanes.front();
    const auto& rule = lane.allowance->rule();
    if (!rule.match.empty() || !rule.endpoint.empty()) {
        throw UsageError(
            fmt::format("{}: {} is under the limit \"{}\"; set limit.{}.{}", change.name,
                        lane.lane.model, rule.match.empty() ? rule.endpoint : rule.match,
                        rule.match.empty() ? rule.endpoint : rule.match, change.field));
    }
    return lane.allowance;
}

Changed Engine::set_limit(const LimitChange& change) {
    const auto allowance = allowance_for(change);
    auto rule = allowance->rule();
    const bool added = rule.match.empty() && rule.endpoint.empty();
    rule.match = change.match;
    rule.endpoint = change.endpoint;
    const auto changed =
        change.field == "requests_per_minute" ? exchange_field(rule.requests_per_minute, change)
        : change.field == "tokens_per_minute" ? exchange_field(rule.tokens_per_minute, change)
        : change.field == "concurrency"       ? exchange_field(rule.concurrency, change)
        : change.field == "burst"             ? exchange_field(rule.burst, change)
                                              : exchange_field(rule.remote_tasks, change);
    allowance->set_rule(rule, shared_.world.clock.now());
    if (added) allowances_.add(rule, allowance);
    return changed;
}

void Engine::lift_stop(RunBound bound) {
    if (shared_.stop.cause != StopCause::quota || stopped_by_ != bound || ended_) return;
    stopped_by_ = RunBound::none;
    shared_.stop = {};
    shared_.stopped_at = Instant::max();
    listener_.on_notice("tasks are sent again");
}

std::vector<Changed> Engine::set(const Changes& changes) {
    for (const auto& limit : changes.limits) allowance_for(limit);
    std::vector<Changed> all;
    auto& options = shared_.options;
    if (changes.concurrency) {
        all.push_back({"concurrency", std::to_string(options.concurrency),
                       std::to_string(*changes.concurrency)});
        options.concurrency = *changes.concurrency;
        shared_.slots->resize(options.concurrency);
    }
    if (changes.budget) {
        all.push_back({"budget", text_of(money_.budget().most()), text_of(*changes.budget)});
        options.budget = *changes.budget;
        money_.set_budget(options.budget);
        lift_stop(RunBound::budget);
    }
    if (changes.max_duration_s) {
        const double before = options.max_duration_s;
        all.push_back({"max_duration", text_of(before > 0 ? std::optional(before) : std::nullopt),
                       text_of(*changes.max_duration_s)});
        options.max_duration_s = changes.max_duration_s->value_or(0);
        const double run_s = to_seconds(shared_.world.clock.now() - shared_.started);
        if (options.max_duration_s == 0 || options.max_duration_s > run_s) {
            lift_stop(RunBound::duration);
        }
    }
    for (const auto& limit : changes.limits) all.push_back(set_limit(limit));
    wake();
    return all;
}

// The writer answers in the order in which it was asked, so what it counts here and what is added
// to these counts later are never the same row.
Async<void> Engine::take_in() {
    auto read = [](Store& store) { return std::pair(store.lanes(), store.counts()); };
    const auto found = co_await shared_.world.queue.run(std::move(read));
    for (const auto& lane : found.first) {
        if (lanes_.count(lane.id) == 0) add_lane(lane);
    }
    recount(found.second);
    for (auto& lane : order_) lane->exhausted = false;
    ledger_dirty_ = true;
    wake();
    co_await load_resend_budgets();
}

// In batches, as a single change of a million rows would take the memory for all of them; between
// two of them the run's own turns are made.
Async<std::int64_t> Engine::requeue(Selection selection) {
    const auto now = shared_.world.clock.wall_ms();
    auto select = [&selection](Store& store) { store.also_select(selection); };
    co_await shared_.world.queue.run(std::move(select));
    std::int64_t count = 0;
    Batch batch;
    for (bool more = true; more;) {
        std::vector<Row> polled;  // go on where they were: with a poll
        auto move = [&selection, &batch, &polled, now](Store& store) {
            auto moved = store.requeue(selection, now, batch);
            for (const auto number : moved.polled) {
                if (auto row = store.find_row(number)) polled.push_back(std::move(*row));
            }
            return moved;
        };
        const auto moved = co_await shared_.world.queue.run(std::move(move));
        count += moved.count;
        batch.after = moved.last;
        more = moved.more;
        for (auto& lane : order_) {  // whoever asks again believes that the model is there
            lane->closed.reset();
            lane->model_failures = 0;
        }
        if (!polled.empty()) co_await take_in();  // their lanes may be new
        for (auto& row : polled) {
            const auto lane = lane_of(row.lane);
            lane->allowance->remote_began();
            LaneHold hold({.allowance = lane->allowance, .remote = true});
            spawn(lane, std::move(row), std::move(hold), std::nullopt);
        }
    }
    co_await take_in();
    co_return count;
}

// What was claimed ahead is given back with it: cancelled rows must not wait for a slot.
Async<std::int64_t> Engine::cancel(Selection selection, std::int64_t now,
                                   std::function<std::string(const Row&)> line_of) {
    std::int64_t count = 0;
    Batch batch;
    for (bool more = true; more;) {
        std::vector<std::int64_t> claimed;
        for (auto& lane : order_) {
            for (const auto& row : lane->buffer.take_all()) claimed.push_back(row.row);
            lane->exhausted = false;
        }
        std::vector<TaskEvent> events;
        auto note_line = [&](const Row& row) {
            events.push_back(untried_event(row, State::cancelled));
            return line_of(row);
        };
        auto drop = [&](Store& store) {
            auto moved = store.cancel(selection, now, note_line, batch);
            for (const auto row : claimed) store.release(row);
            return moved;
        };
        const auto moved = co_await shared_.world.queue.run(std::move(drop));
        for (const auto& event : events) listener_.on_task(event);
        count += moved.count;
        batch.after = moved.last;
        more = moved.more;
    }
    co_await take_in();
    co_return count;
}

}  // namespace nightshift
