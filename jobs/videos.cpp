// Videos by the Happyhorse models: from text, from an image, from references, edited.
//
//   1. POST /v1/videos            -> {"id","task_id","status"}           paid from here on
//   2. GET  /v1/videos/{id}       -> {"status","metadata":{"url"},...}   until the status is final
//   3. GET  metadata.url          -> an mp4, or /v1/videos/{id}/content where there is no url
//
// Source: wire contract 8.2-8.5, 8.7.

#include "jobs/remote/remote_task.hpp"

namespace nightshift::jobs {

Job videos();

namespace {

constexpr std::string_view route = "/v1/videos";

Async<Outcome> run(const Task& task, Attempt& attempt) {
    auto outcome = co_await run_remote_task(task, attempt, route);
    co_return outcome;
}

}  // namespace

Job videos() {
    Job job;
    job.endpoint = "videos";
    job.group = Group::video;
    job.resend = Resend::none;  // every submit is a video, and the dearest of all
    job.timeout_s = 60;         // of the submit; the video itself is waited for by polls
    job.run = run;
    return job;
}

}  // namespace nightshift::jobs
