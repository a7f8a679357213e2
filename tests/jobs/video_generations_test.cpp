#include "tests/jobs/scripted_attempt.hpp"

#include <doctest/doctest.h>

namespace nightshift::jobs {
Job video_generations();
}

using namespace nightshift;
using namespace nightshift::test;

namespace {

const Task sunrise = task_for("video_generations", "doubao-seedance-2-0-260128");

// What the gateway says of the task; `more` goes into the inner object.
http::Reply task(const std::string& word, const std::string& more = "") {
    return ok(R"({"code":"success","message":"","data":{"id":6,"task_id":"task_1","status":")" +
              word + R"(","progress":"50%")" + more + "}}");
}

std::vector<std::string> requests(std::deque<http::Reply> replies) {
    ScriptedAttempt attempt(Group::video);
    attempt.replies = std::move(replies);
    attempt.replies.push_front(ok(R"({"id":"task_1","status":"queued"})"));
    play(jobs::video_generations(), sunrise, attempt);
    return attempt.sent;
}

Failure fail(http::Reply reply) {
    ScriptedAttempt attempt(Group::video);
    attempt.replies = {ok(R"({"task_id":"task_1"})"), std::move(reply)};
    return play_failure(jobs::video_generations(), sunrise, attempt);
}

}  // namespace

TEST_CASE("a Seedance task is polled on its own route until it is final") {
    const auto sent =
        requests({task("NOT_START"), task("SUBMITTED"), task("QUEUED"), task("IN_PROGRESS"),
                  task("SUCCESS", R"(,"result_url":"https://c.example/t.mp4?s=1"})"
                                  R"(,"x":{"y":1)")});

    CHECK(sent[0] == "POST /v1/video/generations");
    CHECK(sent[2] == "GET /v1/video/generations/task_1");
    CHECK(sent.back() == "FETCH https://c.example/t.mp4?s=1");
}

TEST_CASE("the link is found wherever it is, and never in a reason") {
    struct Row {
        http::Reply reply;
        std::string fetched;
    };
    const Row rows[] = {
        {ok(R"({"data":{"status":"SUCCESS","result_url":"https://c.example/a.mp4?x=1\u0026y=2"}})"),
         "https://c.example/a.mp4?x=1&y=2"},
        {task("SUCCESS", R"(,"fail_reason":"https://c.example/b.mp4","data":null)"),
         "https://c.example/b.mp4"},
        {task("SUCCESS", R"(,"data":{"content":{"video_url":"https://c.example/c.mp4"}})"),
         "https://c.example/c.mp4"},
        {task("SUCCESS", R"(,"data":{"output":{"video_url":"https://c.example/d.mp4"}})"),
         "https://c.example/d.mp4"},
        {task("succeeded", R"(,"url":"https://c.example/e.mp4","format":"mp4")"),
         "https://c.example/e.mp4"},
        {ok(R"({"task_id":"task_1","status":"completed","url":"https://c.example/f.mp4"})"),
         "https://c.example/f.mp4"},
        {task("SUCCESS", R"(,"result_url":"/v1/videos/task_1/content")"),
         "/v1/videos/task_1/content"},
        {task("SUCCESS"), "/v1/videos/task_1/content"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.reply.body);
        CHECK(requests({row.reply}).back() == "FETCH " + row.fetched);
    }
}

TEST_CASE("other words for the same states are understood") {
    const auto sent = requests({task("processing"), task("pending"), task("running"),
                                ok(R"({"code":"success","data":null})"),
                                task("Succeeded", R"(,"url":"https://c.example/e.mp4")")});

    CHECK(sent.back() == "FETCH https://c.example/e.mp4");
}

TEST_CASE("a failure holds its reason where a success has its link") {
    const auto failure =
        fail(task("FAILURE", R"(,"fail_reason":"may contain sensitive information.",)"
                             R"("result_url":"may contain sensitive information.")"));
    const auto timeout = fail(task("FAILURE", R"(,"fail_reason":"任务超时（1440分钟）")"));

    CHECK(failure.kind == Kind::task_failed);
    CHECK(failure.code == "content_rejected");
    CHECK(failure.message.find("sensitive") != std::string::npos);
    CHECK(timeout.kind == Kind::task_failed);
    CHECK(timeout.message.find("任务超时") != std::string::npos);
}
