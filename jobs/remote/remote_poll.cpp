#include "jobs/remote/remote_poll.hpp"

#include "base/bounds.hpp"
#include "jobs/protocol/error_object.hpp"
#include "jobs/protocol/json_reply.hpp"
#include "jobs/protocol/verdict_codes.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace nightshift::jobs {
namespace {

constexpr int lost_intervals = 4;  // what ends a task must be seen over so many

// How often, and since when, the same was answered that ends a task if it stays so.
struct Sightings {
    int count = 0;
    Instant first = {};

    // One more: whether that is often and long enough.
    bool add(const Attempt& attempt) {
        if (count++ == 0) first = attempt.now();
        return count >= limits::lost_sightings &&
               attempt.now() - first >= lost_intervals * attempt.poll_interval();
    }
};

[[noreturn]] void end_task(Kind kind, std::string code, std::string message) {
    throw Failed({.kind = kind,
                  .code = std::move(code),
                  .message = std::move(message),
                  .billing = Billing::known});
}

// "This id is nobody's": the documented 400, or a 404 of the gateway itself.
bool is_unknown_task(const http::Reply& reply) {
    if (reply.trouble != http::Trouble::none || reply.status < 400) return false;
    const auto error = error_object_of(reply.body);
    if (error.code == "task_not_exist") return true;
    return reply.status == 404 && error.present && !error.message.starts_with("Invalid URL (");
}

void throw_if_ended(const RemoteReport& report, std::string_view operation) {
    const auto reason = report.reason.empty() ? "no reason given" : report.reason;
    auto say = [&](std::string_view what) {
        return fmt::format("{}: {}: {}", operation, what, reason);
    };
    switch (report.stage) {
        case Stage::failed:
            end_task(Kind::task_failed, report.code, say("the task failed"));
        case Stage::cancelled:
            end_task(Kind::task_cancelled, report.code, say("the task was cancelled"));
        case Stage::expired:
            end_task(Kind::task_failed, "expired", say("the task expired"));
        case Stage::under_way:
        case Stage::done:
            break;
    }
}

// One place and what was seen there.
struct Watched {
    Place place;
    Sightings unknown, refused;
    bool is_lost = false;
};

[[noreturn]] void end_as_lost(std::string_view operation) {
    end_task(Kind::task_lost, "task_not_exist",
             fmt::format("{}: the gateway does not know this task any more", operation));
}

// A poll that is refused for the content, again and again: the gateway's way to say how it ended.
void note_refusal(const http::Reply& reply, Watched& watched, std::string_view operation,
                  const Attempt& attempt) {
    if (reply.trouble != http::Trouble::none || reply.status < 400 || reply.status >= 500) return;
    const auto error = error_object_of(reply.body);
    const auto kind = kind_of_code(error.code);
    const bool content = kind ? *kind == Kind::content_rejected : says_content(error.message);
    if (!error.present || !content || !watched.refused.add(attempt)) return;
    end_task(Kind::task_failed, error.code.empty() ? "content_rejected" : error.code,
             fmt::format("{}: HTTP {}: {}", operation, reply.status, error.message));
}

// What the last poll said, for a task that is not done when its time is over.
std::string last_words(const http::Reply& reply, const std::optional<Json>& json) {
    if (reply.status == 0) return "";
    const auto error = error_object_of(reply.body);
    if (error.present) {
        return fmt::format("; the last poll was answered with HTTP {}: {}{}{}", reply.status,
                           error.code, error.code.empty() ? "" : ": ", error.message);
    }
    const auto word = json ? report_of(json->root()).word : "";
    if (!word.empty()) return fmt::format("; its last status was \"{}\"", gateway_words(word));
    return fmt::format("; the last poll was answered with HTTP {}: {}", reply.status,
                       gateway_words(std::string_view(reply.body).substr(0, 200)));
}

Async<void> wait_for_poll(bool troubled, const std::string& last, Attempt& attempt) {
    try {
        co_await attempt.wait_for_next_poll(troubled);
    } catch (const Failed& failed) {
        auto failure = failed.failure();
        if (failure.kind == Kind::task_deadline) failure.message += last;
        throw Failed(std::move(failure));
    }
}

}  // namespace

Async<Finished> finished(std::vector<Place> places, bool wait_first, int& garbage_polls,
                         Attempt& attempt) {
    std::vector<Watched> watched;
    for (auto& place : places) watched.push_back({std::move(place), {}, {}});
    std::size_t at = 0;
    bool troubled = false;
    int oversize_polls = 0;
    std::string last;
    while (true) {
        if (wait_first) co_await wait_for_poll(troubled, last, attempt);
        wait_first = true;
        auto& here = watched[at];
        const auto operation = operation_of("poll", here.place.path);
        auto reply = co_await attempt.get(here.place.path);
        auto json = reply.ok() ? Json::parse(meat_of(reply.body)) : std::nullopt;
        const bool unknown = is_unknown_task(reply);
        troubled = !json && !unknown;  // that is an answer, too
        last = last_words(reply, json);
        note_refusal(reply, here, operation, attempt);
        if (unknown) {
            here.is_lost = here.unknown.add(attempt);
            const bool lost = std::all_of(watched.begin(), watched.end(),
                                          [](const Watched& each) { return each.is_lost; });
            if (lost) end_as_lost(operation);
            at = (at + 1) % watched.size();
        }
        // Only a video inside the reply makes it so large: the gateway's own copy is asked for.
        const bool oversize = reply.trouble == http::Trouble::too_large;
        if (oversize && ++oversize_polls >= limits::empty_result_polls) {
            co_return Finished{{}, "", here.place};
        }
        if (!json) continue;
        for (auto& each : watched) each = {std::move(each.place), {}, {}};
        auto report = report_of(json->root());
        throw_if_ended(report, operation);
        if (report.stage != Stage::done) continue;
        attempt.note_done();
        if (report.garbage_link && ++garbage_polls < limits::empty_result_polls) continue;
        auto text = std::move(*json).text_of(std::move(reply.body));
        co_return Finished{std::move(report), std::move(text), here.place};
    }
}

}  // namespace nightshift::jobs
