// Videos by the Seedance models, from text.
//
//   1. POST /v1/video/generations        -> {"id","task_id","status"}            paid from here on
//   2. GET  /v1/video/generations/{id}   -> {"data":{"status","result_url"}}   until it is final
//   3. GET  data.result_url              -> an mp4, at once: the link dies
//
// Source: wire contract 8.3, 8.6-8.8.

#include "jobs/remote/remote_task.hpp"

namespace nightshift::jobs {

Job video_generations();

namespace {

constexpr std::string_view route = "/v1/video/generations";

Async<Outcome> run(const Task& task, Attempt& attempt) {
    auto outcome = co_await run_remote_task(task, attempt, route);
    co_return outcome;
}

}  // namespace

Job video_generations() {
    Job job;
    job.endpoint = "video_generations";
    job.group = Group::video;
    job.resend = Resend::none;  // every submit is a video, and the dearest of all
    job.timeout_s = 60;         // of the submit; the video itself is waited for by polls
    job.run = run;
    return job;
}

}  // namespace nightshift::jobs
