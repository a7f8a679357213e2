// One row from its start to its durable end.

#include "base/bounds.hpp"
#include "engine/attempt/artifacts.hpp"
#include "engine/attempt/expectation.hpp"
#include "engine/attempt/model_hint.hpp"
#include "engine/lane.hpp"
#include "engine/retry/resend.hpp"
#include "jobs/protocol/note_keys.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace nightshift {
namespace {

constexpr const char* asked_again_key = "asked_again";  // the note of a second POST after a 2xx

std::string flags_text(const std::vector<std::string>& flags) {
    return flags.empty() ? "" : nlohmann::json(flags).dump();
}

}  // namespace

void Engine::spawn(const LanePtr& lane, Row row, LaneHold hold,
                   std::optional<http::Reply> recovered) {
    ++active_;
    money_.reserve(row);
    auto whole = work(lane, std::move(row), std::move(hold), std::move(recovered));
    boost::asio::co_spawn(shared_.world.io, std::move(whole), boost::asio::detached);
}

Async<void> Engine::work(LanePtr lane, Row row, LaneHold hold,
                         std::optional<http::Reply> recovered) {
    LiveAttempt attempt(shared_, lane->job, lane->polls, std::move(row), std::move(hold),
                        std::move(recovered));
    ++lane->active;
    std::optional<Outcome> outcome;  // with a failure: an answer that is not what was expected
    std::optional<Failure> failure;
    bool withdrawn = false;
    try {
        auto result = co_await lane->job.run(attempt.task(), attempt);
        outcome = std::move(result);
        check_expectation(attempt.task(), *outcome);
    } catch (const jobs::FailedAnswer& failed) {
        failure = failed.failure();
        outcome = failed.answer();
    } catch (const Failed& failed) {
        failure = failed.failure();
    } catch (const Stopped&) {
        // The row stays as it is: the next run takes it up.
        if (attempt.is_paid() && lane->makes_remote_tasks()) ++lane->left_at_gateway;
    } catch (const Withdrawn&) {
        withdrawn = true;
    } catch (const StorageError& error) {
        stop_for(error);
    } catch (const std::exception& error) {
        failure = Failure{.kind = Kind::bad_reply,
                          .code = "internal",
                          .message = "read the reply to " + attempt.row().id + ": " + error.what(),
                          .billing = Billing::unknown};
    }
    if (failure) shared_.keys.hide(*failure);
    if (outcome) shared_.keys.hide(*outcome);
    attempt.reply_read(failure ? &*failure : nullptr);
    try {
        if (failure && outcome) note_answer(*lane, attempt, std::move(*outcome));
        if (!failure && outcome) co_await close_success(*lane, attempt, std::move(*outcome));
        if (failure) co_await close_failure(*lane, attempt, std::move(*failure));
    } catch (const StorageError& error) {
        stop_for(error);
    }
    if (withdrawn) shared_.world.queue.forget(attempt.row().row);
    money_.release(attempt.row().row);
    --lane->active;
    --active_;
    shared_.changed.notify();
}

Closing Engine::closing_of(LiveAttempt& attempt, State state) const {
    Closing closing;
    closing.state = state;
    closing.http_status = attempt.last_status();
    closing.request_id = attempt.last_request_id();
    closing.finished_at = shared_.world.clock.wall_ms();
    closing.gateway = shared_.world.gateway;
    return closing;
}

Async<void> Engine::close_success(LaneState& lane, LiveAttempt& attempt, Outcome outcome) {
    lane.model_failures = 0;
    lane.health.succeeded();
    answered_well(lane);
    note_tokens(lane, attempt, outcome.usage);
    if (attempt.row().failures > 0) {
        lane.retry_budget.retry_succeeded(shared_.world.clock.now());
    }
    auto closing = closing_of(attempt, State::succeeded);
    if (attempt.sent_at() != Instant{}) {
        const auto taken = shared_.world.clock.now() - attempt.sent_at();
        closing.latency_ms = std::chrono::duration_cast<std::chrono::milliseconds>(taken).count();
    }
    Ending ending;
    ending.state = State::succeeded;
    const auto charge = money_.of_success(attempt.row(), attempt.task(), outcome);
    Money::charge(ending, attempt.row(), charge, deed_of(attempt));
    money_.known(attempt.row(), ending.charge);
    closing.cost = cost_of(attempt.row(), ending);
    if (shared_.options.text_files && outcome.text) {
        const int index = static_cast<int>(outcome.outputs.size()) + 1;
        auto keep = [&] {
            return keep_text(shared_.world.folders, attempt.task(), index, *outcome.text);
        };
        auto file = co_await shared_.world.files.run(std::move(keep));
        outcome.outputs.push_back(std::move(file));
    }
    for (const auto& output : outcome.outputs) {
        lane.output_bytes += static_cast<std::int64_t>(output.bytes);
    }
    const bool plain = std::any_of(outcome.outputs.begin(), outcome.outputs.end(),
                                   [](const Output& output) { return output.plain_http; });
    if (plain) outcome.flags.emplace_back("plain_http");
    ending.flags = flags_text(outcome.flags);
    ending.reply = std::move(outcome.reply);
    closing.outcome = std::move(outcome);
    ending.finished_at = closing.finished_at;
    ending.ledger_line = ledger_line(attempt.row(), closing);
    co_await write(lane, attempt, std::move(ending));
}

RetryRules Engine::rules_of(const LiveAttempt& attempt) const {
    auto rules = shared_.options.retry;
    rules.attempts_max = attempt.task().attempts_max.value_or(rules.attempts_max);
    return rules;
}

RetryFacts Engine::facts_of(const LaneState& lane, const LiveAttempt& attempt) const {
    const auto& task = attempt.task();
    const auto key = resend_key(lane.job, task);
    const bool image = attempt.group() == Group::image;
    return {.failures = static_cast<int>(attempt.row().failures),
            .sent = attempt.was_sent(),
            .paid = attempt.is_paid(),
            .resend_allowed = resend_.would_allow(key),
            .resend_costs = image,
            .asked_again = attempt.recall(asked_again_key).has_value(),
            .model_failures = lane.model_failures,
            .model_tries = limits::model_tries};
}

// The pause before the row's next try, and what its failure means for its lane and the origin.
double Engine::slow_down(LaneState& lane, const LiveAttempt& attempt, const Failure& failure,
                         const Decision& decision) {
    auto& world = shared_.world;
    const auto now = world.clock.now();
    const auto& rules = shared_.options.retry;
    if (decision.slows_lane) {
        if (!is_retry(attempt.row())) lane.retry_budget.first_try_refused(now);
        return attempt.refused_pause_s();  // the lane's governor has been told
    }
    // Our own lack of descriptors says nothing about the gateway.
    if (failure.code == "local_resources") return backoff_s(failure, 0, rules, world.random);
    if (decision.pauses_origin) {
        if (now >= shared_.paused_until) {
            if (shared_.outages == 0) listener_.on_notice(failure.message + "; trying again");
            const double pause = backoff_s(failure, shared_.outages++, rules, world.random);
            shared_.paused_until = now + seconds(pause);
        }
        return 0;
    }
    const auto before = static_cast<int>(attempt.row().failures) + lane.model_failures;
    return std::max(attempt.refused_pause_s(), backoff_s(failure, before, rules, world.random));
}

// What the lane learns of a failed POST: troubles open its breaker, answers close it.
void Engine::note_health(LaneState& lane, const LiveAttempt& attempt, const Failure& failure) {
    if (!attempt.has_record() || attempt.is_paid()) return;  // of a poll or a download
    const auto now = shared_.world.clock.now();
    switch (failure.kind) {
        case Kind::rate_limited:
            return;
        case Kind::overloaded:
        case Kind::server_error:
        case Kind::timeout:
        case Kind::bad_reply:
            return lane.health.had_trouble(attempt.row().row, attempt.is_probe(), now);
        case Kind::network:
            if (!attempt.was_sent() || failure.code == "interrupted") return;
            return lane.health.had_trouble(attempt.row().row, attempt.is_probe(), now);
        default:
            answered_well(lane);
    }
}

void Engine::answered_well(LaneState& lane) {
    if (!lane.health.is_closed()) lane.allowance->governor().restart_gently();
    lane.health.answered_well(shared_.world.clock.now());
}

// A hundred more would fail as these did: the user should look first.
void Engine::pause_if_alike(LaneState& lane, const Failure& failure) {
    if (!lane.health.failed_alike(failure) || !lane.paused.empty()) return;
    lane.paused = fmt::format("{} tasks failed one after the other: {}", limits::failures_alike,
                              failure.message);
    listener_.on_notice(
        fmt::format("{} {} is paused: {}. Its other tasks stay pending. Fix the cause, then run "
                    "the same command.",
                    lane.lane.endpoint, lane.lane.model, lane.paused));
}

// The gateway does not serve this endpoint: its tasks wait for somebody who looks, others run.
void Engine::set_aside(const LaneState& first, const Failure& failure) {
    if (!first.paused.empty()) return;
    for (auto& lane : order_) {
        if (lane->lane.endpoint != first.lane.endpoint || !lane->paused.empty()) continue;
        lane->paused = failure.message;
        lane->unserved = true;
    }
    listener_.on_notice(
        fmt::format("{} is paused, its tasks stay pending: {}; check the base URL "
                    "and whether this gateway serves it",
                    first.lane.endpoint, failure.message));
}

void Engine::note_tokens(LaneState& lane, LiveAttempt& attempt, const Usage& usage) {
    if (!usage.output_tokens) return;
    const auto output = static_cast<double>(*usage.output_tokens);
    lane.tokens.learn(output);
    const auto input = usage.input_tokens.value_or(attempt.row().estimate.input_tokens);
    attempt.used_tokens(static_cast<double>(input) + output);
}

// Tells what an answer that is no result used and cost. Of the price of images that did not come it
// says nothing.
void Engine::note_answer(LaneState& lane, LiveAttempt& attempt, Outcome answer) {
    note_tokens(lane, attempt, answer.usage);
    const bool counted = answer.usage.output_tokens && attempt.group() != Group::image;
    if (counted || !answer.outputs.empty()) {
        attempt.note_cost(money_.of_success(attempt.row(), attempt.task(), answer));
    }
    attempt.note_answer(std::move(answer));
}

Ending Engine::ending_after(LaneState& lane, LiveAttempt& attempt, Failure& failure,
                            const Decision& decision) {
    Ending ending;
    auto& row = attempt.row();
    const auto deed = deed_of(attempt);
    Money::charge(ending, row, money_.of_failure(row, failure, deed), deed);
    money_.known(row, ending.charge);
    if (decision.step == Decision::Step::again) {
        const double pause = slow_down(lane, attempt, failure, decision);
        ending.ready_at = shared_.queue_ms() + static_cast<std::int64_t>(pause * 1000);
        const bool free_probe =
            attempt.is_probe() && decision.counts && lane.health.is_free_probe(row.row);
        ending.counts_as_failure = decision.counts && failure.code != "interrupted" && !free_probe;
        if (decision.asks_again) ending.notes[asked_again_key] = "1";
        return ending;
    }
    if (decision.step == Decision::Step::set_aside) {
        set_aside(lane, failure);
        return ending;
    }
    if (decision.step == Decision::Step::stop) {
        const auto cause = failure.kind == Kind::credentials ? StopCause::credentials
                           : failure.kind == Kind::quota     ? StopCause::quota
                           : failure.kind == Kind::local_io  ? StopCause::storage
                                                             : StopCause::misconfigured;
        stop(cause, failure.message);
        return ending;
    }
    ending.state = decision.step == Decision::Step::hold ? State::held : State::failed;
    // A user who sends it again means both tries.
    if (attempt.recall(asked_again_key)) ending.notes[asked_again_key].clear();
    if (ending.state == State::held) {
        if (failure.code.empty()) failure.code = name_of(failure.kind);
        failure.kind = Kind::ambiguous_submit;
        if (row.maybe_billed == 0) row.maybe_billed = 1;
    }
    auto closing = closing_of(attempt, ending.state);
    closing.failure = failure;
    closing.outcome = attempt.take_answer();
    closing.cost = cost_of(row, ending);
    ending.error_kind = name_of(failure.kind);
    ending.reply = attempt.take_received();
    shared_.keys.hide(ending.reply);
    ending.finished_at = closing.finished_at;
    ending.ledger_line = ledger_line(row, closing);
    return ending;
}

Async<void> Engine::close_failure(LaneState& lane, LiveAttempt& attempt, Failure failure) {
    if (failure.kind == Kind::model_unavailable) ++lane.model_failures;
    note_health(lane, attempt, failure);
    const auto decision = decide(failure, facts_of(lane, attempt), rules_of(attempt));
    if (decision.takes_resend) {
        const auto& task = attempt.task();
        const auto key = resend_key(lane.job, task);
        resend_.take(key);
        auto note = [key, used = std::to_string(resend_.used(key))](Store& store) {
            store.set_meta("resend." + key, used);
        };
        co_await shared_.world.queue.run(std::move(note));
    }
    if (failure.kind == Kind::model_unavailable && decision.step == Decision::Step::fail) {
        if (!lane.closed && shared_.polls_go_on()) {
            const auto hint = co_await hint_for_model(shared_, lane.lane.model);
            if (!hint.empty()) failure.message += "; " + hint;
        }
        lane.closed = failure;
    }
    co_await close_as(lane, attempt, std::move(failure), decision);
}

Async<void> Engine::close_as(LaneState& lane, LiveAttempt& attempt, Failure failure,
                             Decision decision) {
    if (attempt.has_record()) {
        auto& record = attempt.record();
        record.verdict = name_of(failure.kind);
        record.code = failure.code;
        record.message = failure.message;
        record.maybe_billed = failure.billing == Billing::unknown && record.sent;
        if (record.maybe_billed) ++attempt.row().maybe_billed;
    }
    const auto message = failure.message;
    if (failure.code == "remote_id_in_use") listener_.on_notice(message);
    auto ending = ending_after(lane, attempt, failure, decision);
    // A submitted row that the stop interrupts stays submitted.
    if (ending.state == State::pending && attempt.row().state == State::submitted) co_return;
    const bool failed = ending.state == State::failed;
    if (failed) attempt.forget_notes_in(ending);
    if (failed) pause_if_alike(lane, failure);
    co_await write(lane, attempt, std::move(ending), message);
    if (failed && shared_.options.fail_fast) stop(StopCause::fail_fast, "--fail-fast: " + message);
}

Async<void> Engine::write(LaneState& lane, LiveAttempt& attempt, Ending ending,
                          std::string message) {
    auto& row = attempt.row();
    ending.has_attempt = attempt.has_record();
    ending.attempt = attempt.record();
    ending.attempt.row = row.row;
    ending.attempt.number = row.tries;
    auto end = [&ending](Store& store) { return store.end(ending); };
    const auto written = co_await shared_.world.queue.run(std::move(end));
    shared_.world.replies.drop(row.row, row.tries);
    if (is_terminal(ending.state)) attempt.forget_downloads();
    if (!written) co_return;  // a late writer: somebody else has the row
    money_.ended(ending);
    if (ending.has_attempt && ending.attempt.sent) ++posts_;
    if (ending.has_attempt && ending.attempt.maybe_billed) ++maybe_billed_;
    if (!ending.flags.empty()) ++flagged_;
    row.state = ending.state;
    ledger_dirty_ = true;
    if (ending.state == State::pending) {
        if (shared_.stop.cause == StopCause::none) {
            ++retries_;
            ++lane.retries;
        }
        lane.exhausted = false;
        look_again_ = looking_;
        if (next_ready_ms_ == 0 || ending.ready_at < next_ready_ms_) {
            next_ready_ms_ = ending.ready_at;
        }
    } else {
        --lane.counts[State::pending];
        ++lane.counts[ending.state];
    }
    tell(attempt, ending, message);
}

// Of a row that ends without an attempt.
TaskEvent Engine::untried_event(const Row& row, State state) {
    TaskEvent event;
    event.id = row.id;
    event.endpoint = row.endpoint;
    event.model = row.model;
    event.state = state;
    event.attempts = row.attempts;
    event.tried = false;
    return event;
}

void Engine::tell(const LiveAttempt& attempt, const Ending& ending, const std::string& message) {
    TaskEvent event;
    event.id = attempt.row().id;
    event.endpoint = attempt.row().endpoint;
    event.model = attempt.row().model;
    event.state = ending.state;
    event.kind = ending.state == State::pending ? ending.attempt.verdict : ending.error_kind;
    event.message = message;
    event.attempts = attempt.row().attempts;
    if (ending.has_attempt) event.http_status = ending.attempt.http_status;
    if (attempt.sent_at() != Instant{}) {
        event.latency_s = to_seconds(shared_.world.clock.now() - attempt.sent_at());
    }
    listener_.on_task(event);
}

}  // namespace nightshift
