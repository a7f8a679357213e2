// The one POST of an attempt: its intent, the exchange, the reply on disk before it is read.

#include "base/bounds.hpp"
#include "base/text/terminal_text.hpp"
#include "engine/attempt/live_attempt.hpp"
#include "engine/pacing/refusal_words.hpp"
#include "engine/retry/resend.hpp"
#include "http/rate_headers.hpp"
#include "http/retry_after.hpp"
#include "jobs/endpoints.hpp"
#include "jobs/protocol/verdict.hpp"
#include "replies/own_end.hpp"

namespace nightshift {
namespace {

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

// The queue may come from a stranger, and what it names would get the key.
Failure bad_path(const Task& task, const Failure& why) {
    auto failure = why;
    failure.message = fmt::format(
        "post {}: the queue names the path \"{}\" for it, which the task "
        "cannot have ({}); nothing was sent. Add the task again "
        "from its manifest, in a new run directory",
        task.id, term_safe(task.path, 80), why.message);
    return failure;
}

bool is_refusal_for_rate(const Failure& failure) {
    return (failure.kind == Kind::rate_limited || failure.kind == Kind::overloaded) &&
           failure.billing != Billing::known;
}

}  // namespace

// A POST that may not be repeated goes out on a connection of its own, so that what it reports
// is exact.
bool LiveAttempt::may_repeat() const {
    const auto rule = resend_rule(resend_key(job_, task_), shared_.options.resend);
    return rule.all || rule.percent > 0;
}

http::Request LiveAttempt::request_for_post() const {
    const auto& options = shared_.options;
    double whole_s = task_.stream ? 0 : job_.timeout_s;
    const auto set = options.timeout_s.find(task_.endpoint);
    if (set != options.timeout_s.end()) whole_s = set->second;
    if (task_.timeout_s) whole_s = *task_.timeout_s;
    http::Request request;
    request.method = "POST";
    if (!cli::is_path_of(task_.endpoint, task_.model, task_.path)) {
        throw Failed(bad_path(task_, {.kind = Kind::invalid_request,
                                      .code = "path",
                                      .message = "not a path of " + task_.endpoint}));
    }
    auto url = shared_.world.origin.url(task_.path);
    if (!url) throw Failed(bad_path(task_, url.error()));
    request.url = std::move(*url);
    request.headers = shared_.keys.for_posts(job_);
    request.body = task_.body;
    request.body_max_bytes = reply_bound(group_);
    // A stream may take as long as it likes, unless somebody says otherwise, but not fall silent.
    request.timeout = seconds(whole_s);
    if (task_.stream) {
        const auto idle = options.timeout_s.find(std::string(stream_idle_word));
        const bool is_set = idle != options.timeout_s.end();
        request.idle_timeout = seconds(is_set ? idle->second : limits::stream_idle_s);
    }
    request.fresh_connection = !may_repeat();
    return request;
}

// A gateway may say the key back; it goes no further than here. What is received by a sink is
// judged when that has all of it.
Async<http::Reply> LiveAttempt::send(http::Request request) {
    const bool has_body = request.sink == nullptr;
    auto reply = co_await shared_.world.transport.send(std::move(request));
    if (has_body) forgive_early_end(job_, reply);
    shared_.keys.hide(reply.body);
    shared_.keys.hide(reply.headers);
    co_return reply;
}

Async<http::Reply> LiveAttempt::exchange_post() {
    auto& world = shared_.world;
    auto request = request_for_post();
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
    lifted_sha256_.clear();
    const ReplyArrival::From from{
        .row = row_.row, .number = row_.tries, .may_lift = group_ == Group::image, .job = &job_};
    ReplyArrival arrival(world.replies, world.files, shared_.keys, from);
    const bool may_be_large = group_ == Group::image || group_ == Group::speech;
    if (may_be_large) request.sink = &arrival;
    if (world.before_post && !task_.expect.empty()) world.before_post(request.body, task_.expect);
    auto reply = co_await send(std::move(request));
    if (may_be_large) arrival.finish(reply);
    const auto bytes = arrival.is_spooled() ? arrival.body().size : reply.body.size();
    reply_bytes_ = ReplyBytes(shared_.reply_bytes, bytes);
    sent_at_ = reply.sent_at;
    if (reply.trouble == http::Trouble::none) {
        co_await keep_reply(reply, arrival);
    } else {
        hold_.post_ended();
    }
    if (arrival.is_spooled()) {
        const auto body = arrival.body();
        co_await read_spooled(reply, body);
    }
    co_return reply;
}

Async<void> LiveAttempt::read_spooled(http::Reply& reply, const ReplySpool::Body& body) {
    reply_place_ = co_await shared_.reply_room->take(body.size);
    auto read = [&body] { return body.read(); };
    reply.body = co_await shared_.world.files.run(std::move(read));
}

// A text that is found after a crash has its images.
Async<void> LiveAttempt::sync_lifted(http::Reply& reply, ReplyArrival& arrival) {
    auto sync = [this, &arrival] {
        try {
            lifted_sha256_ = arrival.finish_lifted();
        } catch (const StorageError&) {
            return false;
        }
        return true;
    };
    const auto synced = co_await shared_.world.files.run(std::move(sync));
    if (synced) co_return;
    arrival.put_back(reply);
    reply_bytes_ = ReplyBytes(shared_.reply_bytes, reply.body.size());
}

// A paid reply finds its way to disk even when that is full: the run stops, the reserve is used,
// and after that it waits here for room as long as the run drains. The place of its POST is free
// only then: none takes it that would not have left, had the reply been read.
Async<void> LiveAttempt::keep_reply(http::Reply& reply, ReplyArrival& arrival) {
    auto& world = shared_.world;
    bool stopped = false;
    if (arrival.is_lifted()) co_await sync_lifted(reply, arrival);
    auto file = arrival.is_spooled() ? arrival.keep(reply) : nullptr;
    if (file == nullptr) file = co_await shared_.replies.keep(row_.row, row_.tries, reply);
    while (file == nullptr) {
        stopped = true;
        shared_.stop_for(StopCause::storage,
                         "the disk is full; make room and run the same command again");
        co_await world.clock.sleep_until(world.clock.now() + seconds(limits::full_disk_retry_s));
        file = co_await shared_.replies.keep(row_.row, row_.tries, reply);
    }
    hold_.post_ended();
    if (stopped) throw Stopped();
    // After a power cut an unknown image is held, and a file whose reply is lost has no task: an
    // fsync costs less.
    const bool text = group_ == Group::text && shared_.options.text_files;
    if (text || group_ == Group::image || group_ == Group::speech) {
        auto sync = [file] { file->sync(); };
        co_await shared_.syncs.run(file.get(), std::move(sync));
    }
}

// The lane's limits are learned from what comes back.
void LiveAttempt::tell_refusal(const Failure& failure) {
    const Refusal refusal{.scarce = scarce_in(failure.message),
                          .retry_after_s = failure.retry_after_s};
    refused_pause_s_ = hold_.refused(shared_.world.clock.now(), refusal);
}

void LiveAttempt::go_on_with_reply() {
    if (std::exchange(reply_unread_, false)) hold_.answered(shared_.world.clock.now());
}

void LiveAttempt::reply_read(Failure* failure) {
    if (!reply_unread_) return;
    if (failure != nullptr && is_refusal_for_rate(*failure)) {
        reply_unread_ = false;
        failure->retry_after_s = waits_.seconds(failure->told, failure->told_in_words);
        tell_refusal(*failure);
    }
    go_on_with_reply();
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
    const auto wall_ms = shared_.world.clock.wall_ms();
    waits_ = http::ToldWaits(reply, wall_ms);
    auto& understood = shared_.understood_endpoints;
    const Asked asked{.group = group_,
                      .first_contact = !shared_.understood,
                      .endpoint_unknown = !understood.contains(task_.endpoint),
                      .take_redirect = take_redirect,
                      .path = task_.path,
                      .model = task_.model,
                      .body = task_.body};
    auto failure = verdict_of_post(reply, asked);
    const bool misled = failure && failure->kind == Kind::misconfigured;
    if (reply.status > 0 && (!misled || failure->endpoint_only)) shared_.understood = true;
    if (reply.status > 0 && !misled) understood.insert(task_.endpoint);
    const auto now = shared_.world.clock.now();
    if (!failure) {
        hold_.told(http::rate_headers_of(reply, wall_ms), now);
        reply_unread_ = true;
        co_return reply;
    }
    failure->http_status = reply.status;
    failure->retry_after_s = waits_.seconds(failure->told, failure->told_in_words);
    if (reply.status == 413 || failure->code == "read_request_body_failed") {
        failure->message += fmt::format("; the body has {} bytes", task_.body.size());
    }
    if (reply.trouble == http::Trouble::none && is_refusal_for_rate(*failure)) {
        tell_refusal(*failure);
    } else if (reply.status > 0) {
        hold_.told(http::rate_headers_of(reply, wall_ms), now);
        hold_.answered(now);
    } else {
        hold_.unanswered();
    }
    throw Failed(*failure);
}

}  // namespace nightshift
