// What a crash left behind, and what a run begins with.

#include "base/bounds.hpp"
#include "engine/lane.hpp"
#include "engine/pacing/learned_limits.hpp"
#include "engine/retry/resend.hpp"
#include "jobs/job_table.hpp"
#include "jobs/protocol/note_keys.hpp"

#include <algorithm>
#include <cstdlib>
#include <set>

namespace nightshift {

Async<void> Engine::load_lanes() {
    auto read = [](Store& store) { return std::pair(store.lanes(), store.counts()); };
    auto found = co_await shared_.world.queue.run(std::move(read));
    for (const auto& lane : found.first) add_lane(lane);
    recount(found.second);
}

std::size_t Engine::lane_bytes() {
    return sizeof(LaneState);
}

Engine::LanePtr Engine::add_lane(const Lane& lane) {
    const auto* job = find_job(lane.endpoint);
    if (job == nullptr) {
        throw StorageError("the queue has tasks of the endpoint " + lane.endpoint +
                           ", which this nightshift does not know");
    }
    auto allowance = allowances_.of(lane.endpoint, lane.model);
    auto state = std::make_shared<LaneState>(lane, *job, std::move(allowance),
                                             shared_.options.poll_interval_s, shared_.world.random);
    state->halted_since_ms = halted_since_ms_;
    lanes_.emplace(lane.id, state);
    order_.push_back(state);
    return state;
}

void Engine::recount(const std::vector<CountRow>& counts) {
    std::map<std::pair<std::string_view, std::string_view>, LaneState*> named;
    for (auto& lane : order_) {
        lane->counts.clear();
        named[{lane->lane.endpoint, lane->lane.model}] = lane.get();
    }
    for (const auto& count : counts) {
        const auto found = named.find({count.endpoint, count.model});
        if (found == named.end()) continue;
        const auto at = is_terminal(count.state) ? count.state : State::pending;
        found->second->counts[at] += count.count;
    }
}

// What earlier runs found out about the limits.
Async<void> Engine::load_limits() {
    auto read = [this](Store& store) {
        for (const auto& allowance : allowances_.all()) {
            const auto text = store.meta("learned.limits." + allowance->name());
            if (!text.empty()) limits_saved_[allowance->name()] = learned_limits_of(text);
        }
    };
    co_await shared_.world.queue.run(std::move(read));
    for (const auto& allowance : allowances_.all()) {
        const auto found = limits_saved_.find(allowance->name());
        if (found == limits_saved_.end()) continue;
        allowance->begin_with(found->second, shared_.world.clock.now());
    }
}

std::map<std::string, LearnedLimits> Engine::learned_limits() const {
    std::map<std::string, LearnedLimits> learned;
    for (const auto& allowance : allowances_.all()) {
        learned[allowance->name()] = allowance->learned();
    }
    return learned;
}

Async<void> Engine::save_limits() {
    limits_saved_at_ = shared_.world.clock.now();
    std::map<std::string, std::string> changed;
    for (const auto& allowance : allowances_.all()) {
        const auto learned = allowance->learned();
        const auto saved = limits_saved_.find(allowance->name());
        const bool known = saved != limits_saved_.end();
        if (learned == (known ? saved->second : LearnedLimits{})) continue;
        limits_saved_[allowance->name()] = learned;
        changed["learned.limits." + allowance->name()] = to_json(learned);
    }
    if (changed.empty()) co_return;
    auto write = [&changed](Store& store) {
        for (const auto& [key, text] : changed) store.set_meta(key, text);
    };
    co_await shared_.world.queue.run(std::move(write));
}

Async<void> Engine::load_resend_budgets() {
    struct Account {
        std::string key;
        std::int64_t tasks, used;
    };
    auto read = [](Store& store) {
        std::vector<Account> accounts;
        for (const auto& count : store.counts()) {
            const auto key = resend_key_of_lane(count.endpoint, count.model);
            auto found = std::find_if(accounts.begin(), accounts.end(),
                                      [&](const Account& each) { return each.key == key; });
            if (found == accounts.end()) {
                const auto used = store.meta("resend." + key);
                accounts.push_back({key, 0, std::atoll(used.c_str())});
                found = accounts.end() - 1;
            }
            found->tasks += count.count;
        }
        return accounts;
    };
    const auto accounts = co_await shared_.world.queue.run(std::move(read));
    for (const auto& account : accounts) {
        // What was taken a moment ago may not be written yet.
        resend_.set(account.key, resend_rule(account.key, shared_.options.resend), account.tasks,
                    std::max(account.used, resend_.used(account.key)));
    }
    // A model whose name does not say so may be asked for images all the same.
    if (!resend_.knows(generate_image_key)) {
        resend_.set(generate_image_key, resend_rule(generate_image_key, shared_.options.resend), 1,
                    0);
    }
}

Async<void> Engine::recover() {
    const auto latest =
        shared_.queue_ms() + static_cast<std::int64_t>(limits::told_wait_step_s * 1000);
    auto read = [latest](Store& store) {
        store.bring_forward(latest);
        return std::pair(store.unfinished(State::running), store.unfinished(State::submitted));
    };
    auto found = co_await shared_.world.queue.run(std::move(read));
    std::set<std::pair<std::int64_t, std::int64_t>> unread;
    for (const auto& row : found.first) unread.emplace(row.row, row.tries);
    shared_.world.replies.drop_all_but(unread);
    for (auto& row : found.first) co_await take_up(std::move(row));
    for (auto& row : found.second) {
        const auto lane = lane_of(row.lane);
        lane->allowance->remote_began();
        LaneHold hold({.allowance = lane->allowance, .remote = true});
        spawn(lane, std::move(row), std::move(hold), std::nullopt);
    }
}

// A reply that ended the program each time it was read is not read for ever.
Async<bool> Engine::may_read(Row& row) {
    const std::string note_key(reads_key);
    const auto of_this_try = std::to_string(row.tries) + ":";
    const auto& before = row.notes[note_key];
    const int reads =
        before.rfind(of_this_try, 0) == 0 ? std::atoi(before.c_str() + of_this_try.size()) : 0;
    if (reads >= limits::reads_max) co_return false;
    row.notes[note_key] = of_this_try + std::to_string(reads + 1);
    auto note = [&row, &note_key](Store& store) {
        store.remember(row.row, note_key, row.notes[note_key]);
    };
    co_await shared_.world.queue.run(std::move(note));
    co_return true;
}

// A row whose intent is durable and whose outcome is not.
Async<void> Engine::take_up(Row row) {
    const auto lane = lane_of(row.lane);
    auto reply = shared_.world.replies.recover(row.row, row.tries);
    if (!reply) {
        co_await close_interrupted(lane, std::move(row));
        co_return;
    }
    const bool readable = co_await may_read(row);
    if (!readable) {
        co_await hold_unreadable(lane, std::move(row));
        co_return;
    }
    const bool remote = lane->makes_remote_tasks();
    if (remote) lane->allowance->remote_began();
    LaneHold hold({.allowance = lane->allowance,
                   .unsettled = shared_.unsettled,
                   .lane_unsettled = lane->unsettled,
                   .remote = remote});
    spawn(lane, std::move(row), std::move(hold), std::move(reply));
}

Async<void> Engine::hold_unreadable(LanePtr lane, Row row) {
    LiveAttempt attempt(shared_, lane->job, lane->polls, std::move(row), LaneHold({}),
                        std::nullopt);
    attempt.mark_interrupted();
    Failure failure{.kind = Kind::ambiguous_submit,
                    .code = "poisoned",
                    .message = "read the reply to " + attempt.row().id + ": it ended the program " +
                               std::to_string(limits::reads_max) +
                               " times; please report it. `nightshift retry --id` requests it "
                               "again",
                    .billing = Billing::unknown};
    const Decision held{.step = Decision::Step::hold};
    co_await close_as(*lane, attempt, std::move(failure), held);
}

Async<void> Engine::close_interrupted(LanePtr lane, Row row) {
    LiveAttempt attempt(shared_, lane->job, lane->polls, std::move(row), LaneHold({}),
                        std::nullopt);
    attempt.mark_interrupted();
    Failure failure{
        .kind = Kind::network,
        .code = "interrupted",
        .message = "post " + attempt.row().path + ": the run ended before the outcome was known",
        .billing = Billing::unknown};
    const bool paid = std::any_of(jobs::paid_notes.begin(), jobs::paid_notes.end(),
                                  [&](const auto& note) { return attempt.recall(note); });
    if (!paid) {
        co_await close_failure(*lane, attempt, std::move(failure));
        co_return;
    }
    // The reply was read: only its link is to be fetched, however many attempts were made.
    failure.billing = Billing::known;
    failure.kind = Kind::server_error;
    const Decision again{.step = Decision::Step::again};
    co_await close_as(*lane, attempt, std::move(failure), again);
}

}  // namespace nightshift
