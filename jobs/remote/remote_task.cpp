#include "jobs/remote/remote_task.hpp"

#include "base/base64.hpp"
#include "base/bounds.hpp"
#include "base/timestamp.hpp"
#include "http/origin.hpp"
#include "http/url.hpp"
#include "jobs/media/image_reply.hpp"
#include "jobs/media/link_patience.hpp"
#include "jobs/protocol/error_object.hpp"
#include "jobs/protocol/json_reply.hpp"
#include "jobs/protocol/text_reply.hpp"
#include "jobs/remote/remote_poll.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace nightshift::jobs {
namespace {

Async<std::vector<std::string>> submitted(const Task& task, Attempt& attempt) {
    const auto reply = co_await attempt.post(false);
    const auto operation = operation_of("post", task.path);
    const auto json = Json::parse_answer(meat_of(reply.body), operation);
    auto ids = remote_ids_of(json.root());
    if (ids.empty()) {
        const auto words = gateway_words(reply.body.substr(0, 200));
        fail_unknown("no_task_id", fmt::format("{}: the reply names no task: {}; it says {}",
                                               operation, id_fields_of(json.root()), words));
    }
    ids.resize(std::min<std::size_t>(ids.size(), 2));
    std::string key(remote_id_key);
    co_await attempt.remember(std::move(key), ids.front());
    if (ids.size() > 1) {
        std::string other_key(other_id_key);
        co_await attempt.remember(std::move(other_key), ids.back());
    }
    co_return ids;
}

// One try to have the video: from a link, from the gateway's copy, or out of a data: URL.
Async<Output> fetched(Download what, Attempt& attempt) {
    if (what.url.starts_with("data:")) {
        Artifact bytes;
        bytes.bytes = decode_base64(what.url).value_or("");
        bytes.media = Media::video;
        auto output = co_await attempt.save(std::move(bytes));
        co_return output;
    }
    const auto expiry = http::expiry_of_link(what.url);
    if (expiry > 0) {
        std::string key(link_expiry_key);
        co_await attempt.remember(std::move(key), std::to_string(expiry));
    }
    auto output = co_await attempt.download(std::move(what));
    co_return output;
}

// The same, with the failure as a value.
Async<Result<Output>> fetched_if_alive(Download what, Attempt& attempt) {
    std::optional<Failure> dead;
    const auto expiry = http::expiry_of_link(what.url);
    try {
        auto output = co_await fetched(std::move(what), attempt);
        co_return output;
    } catch (const Failed& failed) {
        dead = failed.failure();
    }
    if (dead->kind == Kind::result_expired && expiry > 0) {
        dead->message += fmt::format("; the link was good until {}", rfc3339(expiry * 1000));
    }
    co_return *dead;
}

// Which failure of several links says what to do next: the one that time may heal.
int hope_of(const Failure& failure) {
    switch (trouble_of_link(failure)) {
        case LinkTrouble::overdue:
            return 5;  // nothing follows it
        case LinkTrouble::unreached:
            return 4;
        case LinkTrouble::not_there:
            return 3;
        case LinkTrouble::broken:
            return failure.kind == Kind::unsafe_url ? 0 : 2;
        case LinkTrouble::expired:
            return 1;
    }
    return 0;
}

// The links of a report in the order of trying; `own`: so many are the report's.
struct Sources {
    std::vector<std::string> links;
    std::size_t own = 0;
};

Sources sources_of(const Finished& video) {
    Sources sources;
    sources.links = video.report.links;
    sources.own = sources.links.size();
    sources.links.push_back(video.place.copy);
    for (const auto& link : video.report.stray_links) sources.links.push_back(link);
    return sources;
}

// The first of them that gives the video; else the failure of a link of the report, or, when it
// has none, of the gateway's copy. `resumes`: what is there of the video came from the first.
Async<Result<Output>> fetched_from_any(const Sources& sources, bool resumes, Attempt& attempt) {
    std::optional<Failure> dead;
    for (std::size_t i = 0; i < sources.links.size(); ++i) {
        Download what;
        what.url = sources.links[i];
        what.media = Media::video;
        what.renewable = true;
        what.resumes = i == 0 && resumes;
        auto output = co_await fetched_if_alive(std::move(what), attempt);
        if (output) co_return output;
        const bool counts = i < std::max<std::size_t>(sources.own, 1);
        const bool better = !dead || hope_of(output.error()) > hope_of(*dead);
        if (counts && better) dead = output.error();
        if (trouble_of_link(output.error()) == LinkTrouble::overdue) co_return output.error();
    }
    co_return *dead;
}

Failure without_link(const Finished& video, const Failure& of_copy) {
    Failure failure = of_copy;
    failure.kind = Kind::result_expired;
    failure.code = "no_link";
    failure.message = fmt::format(
        "poll {}: the task is done (\"{}\"), but its report has no link "
        "to the video, and the gateway's copy was not to be had: {}",
        video.place.path, gateway_words(video.report.word), of_copy.message);
    return failure;
}

// The deadline was for the rendering; a finished video whose link is dead ends with what is wrong
// with the link.
Async<void> wait_for_fresh_link(const Failure& dead, bool backs_off, Attempt& attempt) {
    try {
        co_await attempt.wait_for_next_poll(backs_off);
    } catch (const Failed& failed) {
        if (failed.failure().kind != Kind::task_deadline) throw;
        auto failure = dead;
        failure.kind = dead.kind == Kind::network ? Kind::result_expired : dead.kind;
        failure.message += "; not waited for any longer: the --deadline is over";
        throw Failed(std::move(failure));
    }
}

Outcome outcome_of(const Finished& video, Output output) {
    Outcome outcome;
    outcome.outputs.push_back(std::move(output));
    outcome.finish_reason = video.report.word;
    if (!video.report.model.empty()) outcome.model = video.report.model;
    outcome.reply = without_base64(video.reply);
    return outcome;
}

// The end of a task that the gateway has accepted. A link may have died while the task waited for
// its turn, or be told too early: each further try is with a fresh one.
Async<Outcome> outcome_of_task(std::vector<Place> places, bool resumed, Attempt& attempt) {
    std::optional<LinkPatience> patience;
    bool wait_first = !resumed, resumes = true;
    int garbage_polls = 0;
    for (int without = 1;;) {
        const auto video = co_await finished(places, wait_first, garbage_polls, attempt);
        if (!patience) patience.emplace(true, attempt.now());
        const auto sources = sources_of(video);
        auto output = co_await fetched_from_any(sources, resumes, attempt);
        if (output) co_return outcome_of(video, std::move(output.value()));
        auto dead = output.error();
        bool backs_off = false;
        if (sources.own == 0) {
            dead = without_link(video, dead);
            const auto asked = std::max(without++, garbage_polls);
            if (asked >= limits::empty_result_polls) throw Failed(std::move(dead));
        } else {
            const bool another = patience->allows_another(trouble_of_link(dead), attempt.now());
            if (!another) throw Failed(given_up(std::move(dead)));
            backs_off = patience->failures() > 1;
        }
        co_await wait_for_fresh_link(dead, backs_off, attempt);
        places = {video.place};
        wait_first = false;
        resumes = sources.links.size() == 1;
    }
}

}  // namespace

Async<Outcome> run_remote_task(const Task& task, Attempt& attempt, std::string_view route) {
    std::vector<std::string> ids;
    for (const auto key : {remote_id_key, other_id_key}) {
        if (auto id = attempt.recall(key)) ids.push_back(std::move(*id));
    }
    const bool resumed = !ids.empty();
    if (!resumed) ids = co_await submitted(task, attempt);
    std::vector<Place> places;
    for (const auto& id : ids) {
        const auto name = http::encode_segment(id);
        places.push_back(
            {fmt::format("{}/{}", route, name), fmt::format("/v1/videos/{}/content", name)});
    }
    auto outcome = co_await outcome_of_task(std::move(places), resumed, attempt);
    co_return outcome;
}

}  // namespace nightshift::jobs
