#include "engine/attempt/live_attempt.hpp"

#include "base/base64.hpp"
#include "base/bounds.hpp"
#include "base/text/terminal_text.hpp"
#include "engine/attempt/artifacts.hpp"
#include "engine/attempt/downloader.hpp"
#include "engine/retry/resend.hpp"
#include "files/file_names.hpp"
#include "files/part_tag.hpp"
#include "jobs/media/extracted_image.hpp"
#include "jobs/protocol/json_reply.hpp"
#include "jobs/protocol/note_keys.hpp"
#include "jobs/protocol/verdict.hpp"
#include "jobs/remote/remote_task.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace nightshift {
namespace {

// The first of a JSON list of tags; "" when there is none.
std::string first_tag(std::string_view tags) {
    const auto json = jobs::Json::parse(tags);
    return json ? std::string(jobs::string_at(json->root(), "0")) : std::string();
}

Task task_of(Row& row, const std::string& pattern) {
    const auto envelope = envelope_of(row.envelope);
    const auto tag = pattern.empty() ? std::string() : first_tag(envelope.tags);
    return {.row = row.row,
            .id = row.id,
            .endpoint = row.endpoint,
            .model = row.model,
            .path = row.path,
            .body = std::move(row.body),
            .stream = row.stream,
            .timeout_s = envelope.timeout_s,
            .attempts_max = envelope.attempts_max,
            .expect = envelope.expect,
            .output_stem = output_stem_of(
                pattern, {.id = row.id, .tag = tag, .model = row.model, .endpoint = row.endpoint})};
}

StopCause cause_of(Kind kind) {
    if (kind == Kind::credentials) return StopCause::credentials;
    return kind == Kind::quota ? StopCause::quota : StopCause::misconfigured;
}

}  // namespace

LiveAttempt::LiveAttempt(Shared& shared, const Job& job, LanePolls& polls, Row row, LaneHold hold,
                         std::optional<http::Reply> recovered)
    : shared_(shared),
      job_(job),
      polls_(polls),
      row_(std::move(row)),
      task_(task_of(row_, shared.options.outputs)),
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
    if (recall(jobs::remote_id_key)) wait_for_video(true);
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
    if (group_ == Group::image) {
        received_ = jobs::replace_marks(received_, [](const jobs::Lifted& lifted) {
            return fmt::format("({} bytes of base64)", lifted.bytes);
        });
    }
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

void LiveAttempt::forget_downloads() {
    for (int index = 1; index <= downloads_; ++index) {
        remove_tag(*shared_.world.folders.disk,
                   (shared_.world.folders.parts() / part_name(row_.row, index)).string());
    }
}

void LiveAttempt::stop_run(const Failure& failure) {
    shared_.stop_for(cause_of(failure.kind), failure.message);
    throw Stopped();
}

Async<void> LiveAttempt::aside(const std::function<void()>& work) {
    auto call = [&work] { work(); };
    co_await shared_.world.files.run(std::move(call));
}

std::optional<std::string> LiveAttempt::recall(std::string_view key) const {
    const auto found = row_.notes.find(std::string(key));
    if (found == row_.notes.end() || found->second.empty()) return std::nullopt;
    return found->second;
}

Async<void> LiveAttempt::remember(std::string key, std::string value) {
    go_on_with_reply();
    if (key == jobs::remote_id_key && has_record_) {
        co_await accept(std::move(value));
        co_return;
    }
    if (key == jobs::paid_reply_key) value = co_await with_lifted(std::move(value));
    co_await forget_reads();
    row_.notes[key] = value;
    auto note = [this, &key, &value](Store& store) { store.remember(row_.row, key, value); };
    co_await shared_.world.queue.run(std::move(note));
    if (key == jobs::other_id_key && !std::exchange(shared_.told_of_two_ids, true)) {
        shared_.tell(fmt::format(
            "the gateway calls {} {} and {}; the first is asked for, and the "
            "other one where that is not known",
            term_safe(row_.id, 80), term_safe(row_.notes["remote_id"], 80), term_safe(value, 80)));
    }
}

// A reply that is needed for longer than its files are there. A mark of the gateway's own, and one
// that stands there again, stay what they are.
Async<std::string> LiveAttempt::with_lifted(std::string text) {
    const auto& replies = shared_.world.replies;
    const int count = replies.lifted(row_.row, row_.tries);
    if (count == 0) co_return text;
    std::size_t bytes = text.size();
    for (int index = 1; index <= count; ++index) {
        bytes += replies.open_lifted(row_.row, row_.tries, index)->size() / 3 * 4;
    }
    reply_place_ = co_await shared_.reply_room->take(bytes);
    std::set<int> done;
    const auto put = [&](const jobs::Lifted& lifted) {
        const bool ours = lifted.index <= count && done.insert(lifted.index).second;
        if (!ours) return jobs::mark_of(lifted);
        const auto file = replies.open_lifted(row_.row, row_.tries, lifted.index);
        std::string image(static_cast<std::size_t>(file->size()), '\0');
        image.resize(file->read(0, image.data(), image.size()));
        return encode_base64(image);
    };
    auto work = [&text, &put] { return jobs::replace_marks(text, put); };
    auto whole = co_await shared_.world.files.run(std::move(work));
    co_return whole;
}

void LiveAttempt::forget_when_failed(std::string_view key) {
    forgotten_when_failed_.emplace_back(key);
}

void LiveAttempt::forget_notes_in(Ending& ending) const {
    for (const auto& key : forgotten_when_failed_) ending.notes[key].clear();
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
    shared_.accepted(row_.endpoint, record_.http_status);
    row_.state = State::submitted;
    row_.submitted_at = record_.ended_at;
    waits_since_ = world.clock.now();
    wait_for_video(false);
    hold_.settled();
    shared_.changed.notify();
}

Async<void> LiveAttempt::forget_reads() {
    auto& reads = row_.notes[std::string(reads_key)];
    if (reads.empty()) co_return;
    reads.clear();
    auto note = [this](Store& store) { store.remember(row_.row, std::string(reads_key), ""); };
    co_await shared_.world.queue.run(std::move(note));
}

Async<Output> LiveAttempt::download(Download what) {
    go_on_with_reply();
    co_await forget_reads();
    hold_.post_ended();
    fetching_ = true;
    downloads_ = std::max(downloads_, what.index);
    if (!wait_) paid_ = Slots::Paid(shared_.slots);
    Downloader downloader(shared_, task_, deadline());
    try {
        auto output = co_await downloader.fetch(std::move(what));
        fetching_ = false;
        dead_link_.clear();
        link_wait_.reset();
        co_return output;
    } catch (const Failed& failed) {
        if (dead_link_.empty()) dead_link_ = failed.failure().message;
        throw;
    }
}

Async<Output> LiveAttempt::save(Artifact what) {
    go_on_with_reply();
    co_await forget_reads();
    const auto& replies = shared_.world.replies;
    if (what.lifted > replies.lifted(row_.row, row_.tries)) {
        throw Failed({.kind = Kind::bad_media,
                      .code = "no_such_image",
                      .message = "save " + task_.id + ": the reply has no such image"});
    }
    LiftedFile lifted{.path = replies.lifted_path(row_.row, row_.tries, what.lifted), .sha256 = {}};
    const auto at = static_cast<std::size_t>(what.lifted) - 1;
    if (at < lifted_sha256_.size()) lifted.sha256 = lifted_sha256_[at];
    auto keep = [this, &what, &lifted] {
        const auto& folders = shared_.world.folders;
        return what.lifted > 0 ? keep_lifted(folders, task_, what, lifted)
                               : keep_bytes(folders, task_, what);
    };
    const auto kept = co_await shared_.world.files.run(std::move(keep));
    const auto& output = kept.value();
    if (what.lifted > 0) co_await sync_outputs();
    co_return output;
}

Async<void> LiveAttempt::sync_outputs() {
    auto& folders = shared_.world.folders;
    auto sync = [&folders] { folders.disk->sync_folder(folders.outputs()); };
    co_await shared_.syncs.run(&folders, std::move(sync));
}

Instant LiveAttempt::now() const {
    return shared_.world.clock.now();
}

Duration LiveAttempt::poll_interval() const {
    return seconds(shared_.options.poll_interval_s);
}

}  // namespace nightshift
