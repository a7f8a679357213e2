#include "engine/live_attempt.hpp"

#include "core/limits.hpp"
#include "core/term_safe.hpp"
#include "engine/artifacts.hpp"
#include "engine/downloader.hpp"
#include "engine/resend_key.hpp"
#include "http/retry_after.hpp"
#include "jobs/remote_task.hpp"
#include "jobs/verdict.hpp"
#include "output/part_tag.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace nightshift {
namespace {

Task task_of(Row& row) {
    const auto envelope = envelope_of(row.envelope);
    return {.row = row.row,
            .id = row.id,
            .endpoint = row.endpoint,
            .model = row.model,
            .path = row.path,
            .body = std::move(row.body),
            .stream = row.stream,
            .timeout_s = envelope.timeout_s,
            .attempts_max = envelope.attempts_max,
            .expect = envelope.expect};
}

std::size_t reply_bound(Group group) {
    switch (group) {
        case Group::image:
            return limits::image_reply_bytes;
        case Group::speech:
            return limits::speech_reply_bytes;
        default:
            return limits::json_reply_bytes;
    }
}

StopCause cause_of(Kind kind) {
    if (kind == Kind::credentials) return StopCause::credentials;
    return kind == Kind::quota ? StopCause::quota : StopCause::misconfigured;
}

}  // namespace

LaneHold::LaneHold(Parts parts) : parts_(std::move(parts)) {
    if (parts_.unsettled) ++*parts_.unsettled;
    if (parts_.lane_unsettled) ++*parts_.lane_unsettled;
}

LaneHold::~LaneHold() {
    post_ended();
    settled();
    if (parts_.remote && parts_.allowance) parts_.allowance->remote_ended();
}

void LaneHold::post_ended() {
    if (std::exchange(parts_.post, false) && parts_.allowance) parts_.allowance->post_ended();
    parts_.slot.release();
}

void LaneHold::settled() {
    if (const auto unsettled = std::exchange(parts_.unsettled, nullptr)) --*unsettled;
    if (const auto unsettled = std::exchange(parts_.lane_unsettled, nullptr)) --*unsettled;
}

LiveAttempt::LiveAttempt(Shared& shared, const Job& job, Row row, LaneHold hold,
                         std::optional<http::Reply> recovered)
    : shared_(shared),
      job_(job),
      row_(std::move(row)),
      task_(task_of(row_)),
      group_(job.group_of != nullptr ? job.group_of(task_) : job.group),
      hold_(std::move(hold)),
      recovered_(std::move(recovered)),
      waits_since_(shared.world.clock.now()) {
    if (row_.submitted_at > 0) {
        const auto before_ms = shared.world.clock.wall_ms() - row_.submitted_at;
        // A restart gives it some time anew: the wall clock may have been set.
        const double most = std::max(0.0, shared.options.deadline_s - limits::deadline_grace_s);
        waited_before_s_ = std::clamp(static_cast<double>(before_ms) / 1000, 0.0, most);
    }
}

// A POST that may not be repeated goes out on a connection of its own, so that what it reports
// is exact.
bool LiveAttempt::may_repeat() const {
    const auto rule = resend_rule(resend_key(job_, task_), shared_.options.resend);
    return rule.all || rule.percent > 0;
}

http::Request LiveAttempt::request_for_post() const {
    const auto& options = shared_.options;
    const auto set = options.timeout_s.find(task_.endpoint);
    const double total =
        task_.timeout_s.value_or(set != options.timeout_s.end() ? set->second : job_.timeout_s);
    http::Request request;
    request.method = "POST";
    request.url = shared_.world.origin.url(task_.path);
    request.headers = shared_.keys.for_posts(job_);
    request.body = task_.body;
    request.body_max_bytes = reply_bound(group_);
    // A stream may take as long as it likes, but not fall silent.
    request.timeout = task_.stream ? Duration::zero() : seconds(total);
    request.idle_timeout =
        task_.stream ? seconds(task_.timeout_s.value_or(limits::stream_idle_s)) : Duration::zero();
    request.fresh_connection = !may_repeat();
    return request;
}

void LiveAttempt::note_contact(const http::Reply& reply) {
    if (reply.status > 0) {
        shared_.gateway_was_there();
    } else if (!reply.sent && reply.trouble != http::Trouble::local) {
        shared_.gateway_was_not_there(term_safe(reply.trouble_text, 300));
    }
}

void LiveAttempt::fill_record(const http::Reply& reply) {
    last_status_ = reply.status;
    last_request_id_ = request_id_of(reply);
    record_.ended_at = shared_.world.clock.wall_ms();
    record_.http_status = reply.status;
    record_.request_id = last_request_id_;
    record_.sent = reply.sent;
    record_.verdict = "ok";
    received_ = reply.body.substr(0, limits::error_body_bytes);
}

void LiveAttempt::mark_interrupted() {
    record_ = {.row = row_.row,
               .number = row_.tries,
               .started_at = row_.started_at,
               .ended_at = shared_.world.clock.wall_ms(),
               .request_id = {},
               .verdict = {},
               .code = {},
               .message = {}};
    has_record_ = true;
}

// A gateway may say the key back; it goes no further than here.
Async<http::Reply> LiveAttempt::send(http::Request request) {
    auto reply = co_await shared_.world.transport.send(std::move(request));
    shared_.keys.hide(reply.body);
    co_return reply;
}

Async<http::Reply> LiveAttempt::exchange_post() {
    auto& world = shared_.world;
    record_ = {.row = row_.row,
               .number = row_.tries + 1,
               .started_at = world.clock.wall_ms(),
               .request_id = {},
               .verdict = {},
               .code = {},
               .message = {}};
    auto intend = [row = row_.row, number = record_.number, at = record_.started_at](Store& store) {
        return store.intend(row, number, at);
    };
    const auto armed = co_await world.queue.run(std::move(intend));
    if (!armed) throw Withdrawn();
    ++row_.tries;
    ++row_.attempts;
    row_.state = State::running;
    if (row_.tries > 1 && group_ != Group::text) {
        downloads_ = limits::outputs_max;  // of an earlier reply: not of this one
        forget_downloads();
        downloads_ = 0;
    }
    if (row_.started_at == 0) row_.started_at = record_.started_at;
    has_record_ = true;
    auto request = request_for_post();
    auto reply = co_await send(std::move(request));
    hold_.post_ended();
    sent_at_ = reply.sent_at;
    if (reply.trouble == http::Trouble::none) co_await keep_reply(reply);
    co_return reply;
}

// A paid reply finds its way to disk even when that is full: the run stops, the reserve is used,
// and after that it waits here for room as long as the run drains.
Async<void> LiveAttempt::keep_reply(const http::Reply& reply) {
    auto& world = shared_.world;
    bool stopped = false;
    while (!world.replies.keep(row_.row, row_.tries, reply)) {
        stopped = true;
        shared_.stop_for(StopCause::storage,
                         "the disk is full; make room and run the same command again");
        co_await world.clock.sleep_until(world.clock.now() + seconds(limits::full_disk_retry_s));
    }
    if (stopped) throw Stopped();
    // After a power cut an unknown image is held: an fsync costs less.
    if (group_ == Group::image) {
        auto sync = [file = world.replies.current()] { file->sync(); };
        co_await world.files.run(std::move(sync));
    }
}

void LiveAttempt::forget_downloads() {
    for (int index = 1; index <= downloads_; ++index) {
        remove_tag(*shared_.world.folders.disk,
                   (shared_.world.folders.parts() / part_name(row_.row, index)).string());
    }
}

Async<http::Reply> LiveAttempt::post(bool take_redirect) {
    http::Reply reply;
    if (recovered_) {
        reply = std::move(*recovered_);
        recovered_.reset();
        record_ = {.row = row_.row,
                   .number = row_.tries,
                   .started_at = row_.started_at,
                   .request_id = {},
                   .verdict = {},
                   .code = {},
                   .message = {}};
        has_record_ = true;
        sent_at_ = shared_.world.clock.now();
        hold_.post_ended();
    } else {
        reply = co_await exchange_post();
    }
    note_contact(reply);
    fill_record(reply);
    if (!record_.sent) --row_.attempts;
    const Asked asked{.group = group_,
                      .first_contact = !shared_.understood,
                      .take_redirect = take_redirect,
                      .path = task_.path};
    auto failure = verdict_of_post(reply, asked);
    if (failure) {
        if (reply.status > 0 && failure->kind != Kind::misconfigured) shared_.understood = true;
        failure->http_status = reply.status;
        failure->retry_after_s = http::retry_after_of(reply, shared_.world.clock.wall_ms());
        if (reply.status == 413 || failure->code == "read_request_body_failed") {
            failure->message += fmt::format("; the body has {} bytes", task_.body.size());
        }
        throw Failed(*failure);
    }
    shared_.understood = true;
    co_return reply;
}

void LiveAttempt::stop_run(const Failure& failure) {
    shared_.stop_for(cause_of(failure.kind), failure.message);
    throw Stopped();
}

Async<http::Reply> LiveAttempt::get(std::string path) {
    http::Request request;
    request.url = shared_.world.origin.url(path);
    request.headers = shared_.keys.for_gets();
    request.body_max_bytes = limits::json_reply_bytes;
    request.timeout = seconds(limits::poll_timeout_s);
    hold_.post_ended();  // a row that is paid already has no POST to make
    auto slot = co_await shared_.slots->take(Slots::Use::poll);
    auto reply = co_await send(std::move(request));
    slot.release();
    if (!shared_.polls_go_on()) throw Stopped();
    note_contact(reply);
    if (reply.status > 0) {
        last_status_ = reply.status;
        const auto id = request_id_of(reply);
        if (!id.empty()) last_request_id_ = id;
    }
    const Asked asked{.group = group_,
                      .first_contact = !shared_.understood,
                      .take_redirect = false,
                      .path = path};
    const auto failure = verdict_of_get(reply, asked);
    if (failure) stop_run(*failure);
    co_return reply;
}

Async<void> LiveAttempt::wait_for_next_poll(bool troubled) {
    auto& world = shared_.world;
    const double waited_s = waited_before_s_ + to_seconds(world.clock.now() - waits_since_);
    if (waited_s > shared_.options.deadline_s) {
        throw Failed({.kind = Kind::task_deadline,
                      .code = "",
                      .message = "poll " + row_.notes["remote_id"] +
                                 ": not finished within the --deadline; it may still finish at "
                                 "the gateway: retry polls again"});
    }
    polls_troubled_ = troubled ? polls_troubled_ + 1 : 0;
    const double interval = shared_.options.poll_interval_s;
    const double most = std::max(interval, limits::poll_interval_max_s);
    const double next = std::min(most, interval * std::pow(2.0, std::min(polls_troubled_, 10)));
    const auto pause = seconds(next * world.random.between(0.8, 1.2));
    co_await world.clock.sleep_until(world.clock.now() + pause);
    if (!shared_.polls_go_on()) throw Stopped();
}

std::optional<std::string> LiveAttempt::recall(std::string_view key) const {
    const auto found = row_.notes.find(std::string(key));
    if (found == row_.notes.end() || found->second.empty()) return std::nullopt;
    return found->second;
}

Async<void> LiveAttempt::remember(std::string key, std::string value) {
    if (key == jobs::remote_id_key && has_record_) {
        co_await accept(std::move(value));
        co_return;
    }
    row_.notes[key] = value;
    auto note = [this, &key, &value](Store& store) { store.remember(row_.row, key, value); };
    co_await shared_.world.queue.run(std::move(note));
    if (key == jobs::other_id_key && !std::exchange(shared_.told_of_two_ids, true)) {
        shared_.tell(fmt::format("the gateway calls {} {} and {}; it is asked for the first",
                                 term_safe(row_.id, 80), term_safe(row_.notes["remote_id"], 80),
                                 term_safe(value, 80)));
    }
}

// A remote id belongs to one task: two that were polled as one would get one video for two
// payments, and nobody would see it.
Async<void> LiveAttempt::accept(std::string remote_id) {
    auto& world = shared_.world;
    auto take = [this, &remote_id](Store& store) {
        const auto key = "remote_id." + remote_id;
        auto owner = store.meta(key);
        if (!owner.empty() && owner != row_.id) return owner;
        store.accept(record_, remote_id);
        store.set_meta(key, row_.id);
        return std::string();
    };
    const auto owner = co_await world.queue.run(std::move(take));
    if (!owner.empty()) {
        throw Failed({.kind = Kind::bad_reply,
                      .code = "remote_id_in_use",
                      .message = fmt::format("post {}: the gateway answered {}, which is the "
                                             "remote id of {} already; ask its operator before "
                                             "`retry`",
                                             term_safe(task_.path), term_safe(remote_id, 80),
                                             term_safe(owner, 80)),
                      .billing = Billing::unknown});
    }
    row_.notes[std::string(jobs::remote_id_key)] = std::move(remote_id);
    world.replies.drop(row_.row, row_.tries);
    received_.clear();
    has_record_ = false;
    row_.state = State::submitted;
    row_.submitted_at = record_.ended_at;
    waits_since_ = world.clock.now();
    hold_.settled();
    shared_.changed.notify();
}

Async<Output> LiveAttempt::download(Download what) {
    hold_.post_ended();
    fetching_ = true;
    downloads_ = std::max(downloads_, what.index);
    Downloader downloader(shared_, task_);
    auto output = co_await downloader.fetch(std::move(what));
    fetching_ = false;
    co_return output;
}

Async<Output> LiveAttempt::save(Artifact what) {
    auto keep = [this, &what] { return keep_bytes(shared_.world.folders, task_, what); };
    const auto kept = co_await shared_.world.files.run(std::move(keep));
    co_return kept.value();
}

Instant LiveAttempt::now() const {
    return shared_.world.clock.now();
}

Duration LiveAttempt::poll_interval() const {
    return seconds(shared_.options.poll_interval_s);
}

}  // namespace nightshift
