#include "jobs/remote_poll.hpp"

#include "core/limits.hpp"
#include "jobs/error_object.hpp"
#include "jobs/json_reply.hpp"

#include <fmt/format.h>

namespace nightshift::jobs {
namespace {

constexpr int lost_intervals = 4;  // the sightings of a lost task are spread over so many

// How often, and since when, the gateway has not known the task.
struct Sightings {
    int count = 0;
    Instant first = {};
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

void note_sighting(Sightings& seen, std::string_view operation, const Attempt& attempt) {
    if (seen.count++ == 0) seen.first = attempt.now();
    const auto span = attempt.now() - seen.first;
    if (seen.count < limits::lost_sightings) return;
    if (span < lost_intervals * attempt.poll_interval()) return;
    end_task(Kind::task_lost, "task_not_exist",
             fmt::format("{}: the gateway does not know this task any more", operation));
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

}  // namespace

Async<Finished> finished(std::string path, bool wait_first, Attempt& attempt) {
    const auto operation = operation_of("poll", path);
    Sightings seen;
    bool troubled = false;
    int garbage_polls = 0, oversize_polls = 0;
    while (true) {
        if (wait_first) co_await attempt.wait_for_next_poll(troubled);
        wait_first = true;
        auto reply = co_await attempt.get(path);
        auto json = reply.ok() ? Json::parse(meat_of(reply.body)) : std::nullopt;
        troubled = !json;
        if (is_unknown_task(reply)) note_sighting(seen, operation, attempt);
        // Only a video inside the reply makes it so large: the gateway's own copy is asked for.
        const bool oversize = reply.trouble == http::Trouble::too_large;
        if (oversize && ++oversize_polls >= limits::empty_result_polls) co_return Finished{};
        if (!json) continue;
        seen = {};
        auto report = report_of(json->root());
        throw_if_ended(report, operation);
        if (report.stage != Stage::done) continue;
        attempt.note_done();
        // Failure texts have been seen where the link belongs; the link may follow.
        const bool garbage = report.url.empty() && report.garbage_url;
        if (garbage && ++garbage_polls < limits::empty_result_polls) continue;
        auto text = std::move(*json).text_of(std::move(reply.body));
        co_return Finished{std::move(report), std::move(text)};
    }
}

}  // namespace nightshift::jobs
