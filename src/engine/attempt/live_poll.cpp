// The polls of an attempt: when they are made, and what their replies say of the gateway.

#include "base/bounds.hpp"
#include "base/text/terminal_text.hpp"
#include "engine/attempt/live_attempt.hpp"
#include "http/retry_after.hpp"
#include "jobs/protocol/error_object.hpp"
#include "jobs/protocol/verdict.hpp"
#include "jobs/remote/remote_task.hpp"

#include <algorithm>
#include <cmath>

namespace nightshift {
namespace {

// What says something of the gateway and not of one task: such polls fail for the whole lane.
bool is_lane_trouble(const http::Reply& reply) {
    if (reply.trouble == http::Trouble::too_large) return false;
    if (reply.trouble != http::Trouble::none) return true;
    if (reply.status == 429 || reply.status >= 500) return true;
    const auto first = reply.body.find_first_not_of(" \t\r\n");
    return first != std::string::npos && reply.body[first] == '<';  // HTML
}

}  // namespace

void LiveAttempt::wait_for_video(bool taken_up) {
    const auto now = shared_.world.clock.now();
    // The wall clock may have been set since.
    const auto before_ms = taken_up ? shared_.world.clock.wall_ms() - row_.submitted_at : 0;
    const double before_s =
        std::clamp(static_cast<double>(before_ms) / 1000, 0.0, shared_.options.deadline_s);
    wait_.emplace(polls_, LanePolls::Video(now - seconds(before_s), row_.row), taken_up);
    paid_ = Slots::Paid(shared_.slots);
}

Async<http::Reply> LiveAttempt::get(std::string path) {
    auto& world = shared_.world;
    http::Request request;
    request.url = world.origin.url(path).value();
    request.headers = shared_.keys.for_gets();
    request.body_max_bytes = limits::json_reply_bytes;
    request.timeout = seconds(limits::poll_timeout_s);
    go_on_with_reply();
    hold_.post_ended();  // a row that is paid already has no POST to make
    const double spread = wait_ ? wait_->spread() : 0;
    if (spread > 0) co_await sleep_before_poll(spread * world.random.unit());
    auto slot = co_await shared_.slots->take_poll();
    auto reply = co_await send(std::move(request));
    slot.release();
    if (!shared_.polls_go_on()) throw Stopped();
    note_contact(reply);
    if (reply.trouble != http::Trouble::local) {
        polls_.breaker.record(!is_lane_trouble(reply), world.clock.now());
    }
    if (is_lane_trouble(reply)) {
        const auto error = error_object_of(reply.body);
        const http::ToldWaits waits(reply, world.clock.wall_ms());
        if (const auto wait_s = waits.seconds(error.told, error.told_in_words)) {
            const double pause_s = std::min(*wait_s, limits::told_wait_step_s);
            polls_.quiet_until = std::max(polls_.quiet_until, world.clock.now() + seconds(pause_s));
        }
    }
    if (wait_ && reply.ok()) wait_->polled(world.clock.now());
    if (reply.status > 0) {
        last_status_ = reply.status;
        const auto id = request_id_of(reply);
        if (!id.empty()) last_request_id_ = id;
    }
    const Asked asked{.group = group_,
                      .first_contact = !shared_.understood,
                      .take_redirect = false,
                      .operation = "poll",
                      .path = path};
    const auto failure = verdict_of_get(reply, asked);
    if (failure) stop_run(*failure);
    co_return reply;
}

// Of a remote task: when it is not waited for any longer.
Instant LiveAttempt::deadline() const {
    if (!wait_) return Instant::max();
    return waits_since_ + seconds(shared_.options.deadline_s - waited_before_s_);
}

void LiveAttempt::end_if_overdue() const {
    if (shared_.world.clock.now() <= deadline()) return;
    throw Failed({.kind = Kind::task_deadline,
                  .code = "",
                  .message = "poll " + recall(jobs::remote_id_key).value_or("") +
                             ": not finished within the --deadline; it may still finish at "
                             "the gateway: retry polls again"});
}

Async<void> LiveAttempt::sleep_before_poll(double intervals) {
    auto& clock = shared_.world.clock;
    co_await clock.sleep_until(clock.now() + seconds(intervals * shared_.options.poll_interval_s));
    if (!shared_.polls_go_on()) throw Stopped();
}

// While polls of the lane fail, one goes ahead and the others wait for what comes of it. When that
// is over they are all due, as they are after a sleep of the machine: they spread.
Async<void> LiveAttempt::wait_for_lane(Instant due) {
    auto& world = shared_.world;
    if (world.clock.now() - due > poll_interval()) co_await sleep_before_poll(world.random.unit());
    while (polls_.quiet_until > world.clock.now() || !polls_.breaker.may_pass(world.clock.now())) {
        end_if_overdue();
        const auto open = std::max(polls_.quiet_until, polls_.breaker.next_pass(world.clock.now()));
        co_await world.clock.sleep_until(
            open + seconds(world.random.unit() * shared_.options.poll_interval_s));
        if (!shared_.polls_go_on()) throw Stopped();
    }
}

Async<void> LiveAttempt::wait_for_next_poll(bool troubled) {
    end_if_overdue();
    auto& world = shared_.world;
    const auto now = world.clock.now();
    const double interval = shared_.options.poll_interval_s;
    double pause_s = interval;
    polls_troubled_ = troubled ? polls_troubled_ + 1 : 0;
    if (troubled) {
        const double most = std::max(interval, limits::poll_interval_max_s);
        pause_s = std::min(most, interval * std::pow(2.0, std::min(polls_troubled_, 10)));
    } else if (wait_) {
        wait_->is_under_way();
        const bool may_start = shared_.stop.cause == StopCause::none;
        if (!wait_->was_done()) pause_s = wait_->next_interval(now, may_start);
    }
    const double jitter = limits::poll_jitter;
    const auto due = now + seconds(pause_s * world.random.between(1 - jitter, 1 + jitter));
    if (dead_link_.empty()) {
        co_await world.clock.sleep_until(due);
    } else {
        if (!link_wait_) {
            link_wait_.emplace(shared_.link_waits, world.clock.wall_ms());
            shared_.tell(dead_link_ + "; asking for a fresh link");
        }
        co_await sleep_for_link(shared_, std::min(due, deadline() + seconds(0.001)));
        end_if_overdue();
    }
    if (!shared_.polls_go_on()) throw Stopped();
    co_await wait_for_lane(due);
}

void LiveAttempt::note_done() {
    if (wait_) wait_->is_done();
}

}  // namespace nightshift
