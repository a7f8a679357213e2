// Which task is sent next, and when.

#include "base/bounds.hpp"
#include "base/text/clock_time.hpp"
#include "base/timestamp.hpp"
#include "engine/lane.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

namespace nightshift {
namespace {

int whole_seconds(Duration left) {
    return static_cast<int>(std::ceil(to_seconds(left)));
}

}  // namespace

// The row of the buffer that may start now: its first, unless that is a retry and the lane has
// made enough of those; then the first that is none.
std::optional<std::size_t> Engine::startable(LaneState& lane, Instant now) {
    if (lane.buffer.empty() || lane.closed || !lane.paused.empty()) return std::nullopt;
    if (is_halted(lane)) return std::nullopt;
    if (lane.probes() && *lane.unsettled > 0) return std::nullopt;
    if (lane.health.next_pass(now) > now) return std::nullopt;
    std::size_t at = 0;
    if (is_retry(lane.buffer.front()) && !lane.may_retry(now)) {
        const auto first = lane.buffer.first_try();
        if (!first) return std::nullopt;
        at = *first;
    }
    const double tokens = lane.tokens_of(lane.buffer[at]);
    if (lane.allowance->next_start(now, tokens, lane.makes_remote_tasks()) > now) {
        return std::nullopt;
    }
    if (!may_pay(lane.buffer[at])) return std::nullopt;
    return at;
}

void Engine::start(LaneState& lane, std::size_t at, Instant now) {
    const bool probe = !lane.health.is_closed();
    if (!lane.health.may_pass(now)) return;
    if (!std::exchange(lane.sends, true)) sending_.push_back(&lane);
    auto row = lane.buffer.take(at);
    const bool remote = lane.makes_remote_tasks();
    const double tokens = lane.tokens_of(row);
    const auto send = lane.allowance->started(now, tokens, remote);
    is_retry(row) ? lane.retry_budget.retry(now) : lane.retry_budget.first_try(now);
    LaneHold hold({.allowance = lane.allowance,
                   .slot = shared_.slots->take_post(),
                   .unsettled = shared_.unsettled,
                   .lane_unsettled = lane.unsettled,
                   .send = send,
                   .tokens = tokens,
                   .remote = remote,
                   .probe = probe});
    spawn(lanes_.at(lane.lane.id), std::move(row), std::move(hold), std::nullopt);
}

// A free slot goes to the lane with the fewest requests in flight, so that one whose requests
// take minutes cannot end up with all of them; among equals they take turns.
void Engine::start_ready() {
    const auto now = shared_.world.clock.now();
    if (now < shared_.paused_until || *shared_.reply_bytes >= limits::reply_bytes_max) return;
    while (shared_.stop.cause == StopCause::none && shared_.slots->post_is_free()) {
        LaneState* next = nullptr;
        std::size_t row = 0;
        for (std::size_t i = 0; i < order_.size(); ++i) {
            auto& lane = *order_[(turn_ + i) % order_.size()];
            if (next != nullptr && *lane.unsettled >= *next->unsettled) continue;
            const auto at = startable(lane, now);
            if (!at) continue;
            next = &lane;
            row = *at;
            if (*lane.unsettled == 0) break;  // no lane has fewer
        }
        ++turn_;
        if (next == nullptr) return;
        start(*next, row, now);
    }
}

// When time alone lets something of this lane start; Instant::max(): something must end first.
Instant Engine::next_start_of(const LaneState& lane, Instant now) const {
    if (lane.buffer.empty() || lane.closed || !lane.paused.empty()) return Instant::max();
    if (is_halted(lane)) return Instant::max();
    if (lane.probes() && *lane.unsettled > 0) return Instant::max();
    const auto& row = lane.buffer.front();
    auto next = lane.allowance->next_start(now, lane.tokens_of(row), lane.makes_remote_tasks());
    next = std::max({next, lane.health.next_pass(now), shared_.paused_until});
    const bool enough_retries = is_retry(row) && !lane.may_retry(now);
    return enough_retries ? std::max(next, now + seconds(limits::retry_budget_look_s)) : next;
}

Instant Engine::next_wake() const {
    if (shared_.stop.cause != StopCause::none) {
        return shared_.polls_go_on() ? Instant::max() : drain_end();
    }
    auto wake = Instant::max();
    const auto now = shared_.world.clock.now();
    // What was ready at the last look waits for room in its lane, not for time.
    if (next_ready_ms_ > looked_ms_) {
        const auto left_ms = next_ready_ms_ - shared_.queue_ms();
        wake = now + std::chrono::milliseconds(std::max<std::int64_t>(1, left_ms));
    }
    for (const auto& lane : order_) {
        const auto start = next_start_of(*lane, now);
        if (start > now) wake = std::min(wake, start);
    }
    return wake;
}

// Lanes of one key may share a limit that nobody told us of. What one that has ended used goes to
// those that go on, to each by how much it uses itself. Lanes that have sent nothing in this run
// give nothing and get nothing.
void Engine::tell_neighbours() {
    if (next_ready_ms_ > 0) return;
    std::set<Allowance*> going_on;
    std::vector<LaneState*> ended;
    for (auto* lane : sending_) {
        lane->has_ended() ? ended.push_back(lane) : void(going_on.insert(lane->allowance.get()));
    }
    if (ended.empty()) return;
    const auto now = shared_.world.clock.now();
    for (const auto* lane : ended) {
        if (is_still_used(*lane->allowance)) continue;
        double starts = 0;
        for (auto* other : going_on) starts += other->governor().starts_in_minute(now);
        if (starts <= 0) continue;
        for (auto* other : going_on) {
            const double share = other->governor().starts_in_minute(now) / starts;
            other->governor().neighbour_ended(lane->allowance->governor(), share, now);
        }
    }
    for (auto* lane : ended) lane->sends = false;
    const auto gone = [](const LaneState* lane) { return !lane->sends; };
    sending_.erase(std::remove_if(sending_.begin(), sending_.end(), gone), sending_.end());
}

bool Engine::is_still_used(const Allowance& allowance) const {
    const auto& rule = allowance.rule();
    if (rule.match.empty() && rule.endpoint.empty()) return false;  // it was one lane's own
    return std::any_of(order_.begin(), order_.end(), [&](const LanePtr& lane) {
        return lane->allowance.get() == &allowance && !lane->has_ended();
    });
}

std::string Engine::reason_to_wait(const LaneState& lane, Instant now) const {
    if (!lane.paused.empty()) return "paused: " + lane.paused;
    if (is_halted(lane)) return "paused since " + clock_time(lane.halted_since_ms);
    if (lane.health.next_pass(now) > now) {
        return fmt::format("only errors; next try in {} s",
                           whole_seconds(lane.health.next_pass(now) - now));
    }
    const auto& governor = lane.allowance->governor();
    const auto quiet = governor.quiet_until(now);
    if (governor.is_quiet() && quiet > now && governor.told_until() > quiet) {
        const double left_s = to_seconds(governor.told_until() - now);
        const auto until_ms =
            shared_.world.clock.wall_ms() + static_cast<std::int64_t>(1000 * left_s);
        return fmt::format("the gateway asks to wait until {}: asking again in {} s",
                           rfc3339(until_ms), whole_seconds(quiet - now));
    }
    if (governor.is_quiet() && quiet > now) {
        return fmt::format("rate-limited; next request in {} s", whole_seconds(quiet - now));
    }
    if (!lane.polls.breaker.is_closed()) {
        return fmt::format("polling is failing; next poll in {} s",
                           whole_seconds(lane.polls.breaker.next_pass(now) - now));
    }
    return {};
}

}  // namespace nightshift
