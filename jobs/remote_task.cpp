#include "jobs/remote_task.hpp"

#include "core/base64.hpp"
#include "core/timestamp.hpp"
#include "http/origin.hpp"
#include "http/url.hpp"
#include "jobs/error_object.hpp"
#include "jobs/image_reply.hpp"
#include "jobs/json_reply.hpp"
#include "jobs/remote_poll.hpp"
#include "jobs/text_reply.hpp"

#include <fmt/format.h>

namespace nightshift::jobs {
namespace {

// Where the gateway keeps a task: what is polled, and its own copy of the video.
struct Place {
    std::string path;
    std::string copy;
};

std::string link_of(const Finished& video, const Place& place) {
    return video.report.url.empty() ? place.copy : video.report.url;
}

Async<std::string> submitted(const Task& task, Attempt& attempt) {
    const auto reply = co_await attempt.post(false);
    const auto operation = operation_of("post", task.path);
    const auto json = Json::parse_answer(meat_of(reply.body), operation);
    auto id = remote_id_of(json.root());
    if (id.empty()) {
        const auto words = gateway_words(reply.body.substr(0, 200));
        fail_unknown("no_task_id", fmt::format("{}: the reply names no task: {}; it says {}",
                                               operation, id_fields_of(json.root()), words));
    }
    std::string key(remote_id_key);
    co_await attempt.remember(std::move(key), id);
    auto other = other_id_of(json.root(), id);
    if (!other.empty()) {
        std::string other_key(other_id_key);
        co_await attempt.remember(std::move(other_key), std::move(other));
    }
    co_return id;
}

// One try to have the video: from its link, from the gateway's copy, or out of a data: URL.
Async<Output> fetched(std::string url, Attempt& attempt) {
    if (url.starts_with("data:")) {
        Artifact what;
        what.bytes = decode_base64(url).value_or("");
        what.media = Media::video;
        auto output = co_await attempt.save(std::move(what));
        co_return output;
    }
    const auto expiry = http::expiry_of_link(url);
    if (expiry > 0) {
        std::string key(link_expiry_key);
        co_await attempt.remember(std::move(key), std::to_string(expiry));
    }
    Download what;
    what.url = std::move(url);
    what.media = Media::video;
    auto output = co_await attempt.download(std::move(what));
    co_return output;
}

bool wants_fresh_link(const Failure& failure) {
    return failure.kind == Kind::result_expired || failure.kind == Kind::bad_media ||
           failure.kind == Kind::unsafe_url;
}

// The video, or why its link is dead when a fresh one may help.
Async<Result<Output>> fetched_if_alive(std::string url, Attempt& attempt) {
    std::optional<Failure> dead;
    const auto expiry = http::expiry_of_link(url);
    try {
        auto output = co_await fetched(std::move(url), attempt);
        co_return output;
    } catch (const Failed& failed) {
        if (!wants_fresh_link(failed.failure())) throw;
        dead = failed.failure();
    }
    if (dead->kind == Kind::result_expired && expiry > 0) {
        dead->message += fmt::format("; the link was good until {}", rfc3339(expiry * 1000));
    }
    co_return *dead;
}

// One more look at a task that was done, for a fresh link. Its deadline was for the rendering: a
// night that slept through it ends with what is wrong with the link.
Async<Finished> finished_again(const Place& place, Failure dead, Attempt& attempt) {
    try {
        auto again = co_await finished(place.path, true, attempt);
        co_return again;
    } catch (const Failed& failed) {
        if (failed.failure().kind != Kind::task_deadline) throw;
    }
    throw Failed(std::move(dead));
}

Outcome outcome_of(const Finished& video, Output output) {
    Outcome outcome;
    outcome.outputs.push_back(std::move(output));
    outcome.finish_reason = video.report.word;
    outcome.reply = without_base64(video.reply);
    return outcome;
}

// The end of a task that the gateway has accepted.
Async<Outcome> outcome_of_task(const Place& place, bool resumed, Attempt& attempt) {
    const auto video = co_await finished(place.path, !resumed, attempt);
    auto link = link_of(video, place);
    auto output = co_await fetched_if_alive(std::move(link), attempt);
    if (output) co_return outcome_of(video, std::move(output.value()));
    // A link may have died while the task waited for its turn: one fresh one (contract 6).
    auto dead = output.error();
    const auto again = co_await finished_again(place, std::move(dead), attempt);
    auto fresh_link = link_of(again, place);
    auto second = co_await fetched_if_alive(std::move(fresh_link), attempt);
    co_return outcome_of(again, std::move(second.value()));
}

}  // namespace

Async<Outcome> run_remote_task(const Task& task, Attempt& attempt, std::string_view route) {
    auto id = attempt.recall(remote_id_key);
    const bool resumed = id.has_value();
    if (!resumed) id = co_await submitted(task, attempt);
    const auto name = http::encode_segment(*id);
    const Place place{fmt::format("{}/{}", route, name),
                      fmt::format("/v1/videos/{}/content", name)};
    auto outcome = co_await outcome_of_task(place, resumed, attempt);
    co_return outcome;
}

}  // namespace nightshift::jobs
