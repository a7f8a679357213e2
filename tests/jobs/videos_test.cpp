#include "tests/jobs/scripted_attempt.hpp"

#include <doctest/doctest.h>

namespace nightshift::jobs {
Job videos();
}

using namespace nightshift;
using namespace nightshift::test;

namespace {

const Task horse = task_for("videos", "happyhorse-1.0-t2v");

http::Reply submitted() {
    return ok(R"({"id":"task_1","task_id":"task_1","status":"queued"})");
}

http::Reply status(const std::string& word, const std::string& more = "") {
    return ok(R"({"id":"task_1","status":")" + word + R"(","progress":"120%")" + more + "}");
}

http::Reply completed(const std::string& url = "https://r.example/v.mp4?Expires=1779468084") {
    return status("completed", R"(,"metadata":{"url":")" + url + R"("},"error":null)");
}

http::Reply unknown_task() {
    return replied(400, R"({"code":"task_not_exist","message":"task_not_exist","data":null})");
}

Failure fail(std::deque<http::Reply> replies) {
    ScriptedAttempt attempt(Group::video);
    attempt.replies = std::move(replies);
    return play_failure(jobs::videos(), horse, attempt);
}

}  // namespace

TEST_CASE("a video is submitted once, remembered at once, polled, fetched") {
    ScriptedAttempt attempt(Group::video);
    attempt.replies = {submitted(), status("queued", R"(,"metadata":{"url":""})"),
                       status("in_progress"), completed()};

    const auto outcome = play(jobs::videos(), horse, attempt);

    CHECK(attempt.sent ==
          std::vector<std::string>{"POST /v1/videos", "NOTE remote_id", "GET /v1/videos/task_1",
                                   "GET /v1/videos/task_1", "GET /v1/videos/task_1",
                                   "NOTE link_expires_at",
                                   "FETCH https://r.example/v.mp4?Expires=1779468084"});
    CHECK(attempt.notes["remote_id"] == "task_1");
    CHECK(attempt.notes["link_expires_at"] == "1779468084");
    CHECK(attempt.slept_s == 45);
    CHECK(attempt.done == 1);
    CHECK(outcome.finish_reason == "completed");
    CHECK(outcome.outputs.size() == 1);
    CHECK(outcome.reply == completed().body);
}

TEST_CASE("a second attempt takes up the first one's video and does not pay again") {
    ScriptedAttempt attempt(Group::video);
    attempt.notes["remote_id"] = "task/1 x";
    attempt.replies = {completed()};

    play(jobs::videos(), horse, attempt);

    CHECK(attempt.sent.front() == "GET /v1/videos/task%2F1%20x");
    CHECK(attempt.slept_s == 0);
}

TEST_CASE("an id is taken from the first place that has one") {
    for (const std::string body :
         {R"({"task_id":"task_1"})", R"({"id":"","task_id":"task_1"})",
          R"({"id":null,"data":{"task_id":"task_1"}})", R"({"data":{"id":"task_1"}})",
          R"({"id":17,"task_id":"task_1"})",
          R"({"code":"success","data":{"id":6,"task_id":"task_1"}})",
          R"({"id":"task_1","status":"failed","error":{"message":"x","code":"y"}})"}) {
        CAPTURE(body);
        ScriptedAttempt attempt(Group::video);
        attempt.replies = {ok(body), completed()};
        play(jobs::videos(), horse, attempt);
        CHECK(attempt.notes["remote_id"] == "task_1");
    }
}

TEST_CASE("a submit without an id leaves open whether a video exists") {
    for (const std::string body : {R"({"object":"video","status":"queued"})", R"({"id":17})",
                                   R"({"id":"","task_id":null})", "", "OK", R"({"id":"task_)",
                                   R"({"code":"success","data":null})", R"({"data":{"id":6}})"}) {
        CAPTURE(body);
        const auto failure = fail({ok(body)});
        CHECK(failure.kind == Kind::bad_reply);
        CHECK(failure.billing == Billing::unknown);
    }
}

TEST_CASE("no trouble of a poll fails the task") {
    ScriptedAttempt attempt(Group::video);
    attempt.replies = {submitted(),
                       replied(429, ""),
                       replied(502, "<html>502</html>"),
                       replied(500, R"({"code":"query_data_error","message":"x"})"),
                       dead(http::Trouble::timeout, true),
                       ok(R"({"code":"success","data":null})"),
                       ok("not json"),
                       ok(""),
                       replied(403, R"({"error":{"message":"no access to model "}})"),
                       status("unknown"),
                       status(""),
                       status("some new word"),
                       completed()};

    CHECK(play(jobs::videos(), horse, attempt).outputs.size() == 1);
}

TEST_CASE("a wrong key stops the polls") {
    const auto failure = fail({submitted(), replied(401, R"({"error":{"code":"","message":"Invalid)"
                                                         R"( token","type":"new_api_error"}})")});

    CHECK(failure.kind == Kind::credentials);
}

TEST_CASE("polling ends at the deadline") {
    ScriptedAttempt attempt(Group::video);
    attempt.replies = {submitted()};

    CHECK(play_failure(jobs::videos(), horse, attempt).kind == Kind::task_deadline);
}

TEST_CASE("a remote task that ended badly says how and why") {
    struct Row {
        http::Reply reply;
        Kind kind;
        std::string code, words;
    };
    const Row rows[] = {
        {status("failed", R"(,"error":{"message":"Output is bad.","code":"DataInspectionFailed"},)"
                          R"("metadata":{"url":""})"),
         Kind::task_failed, "DataInspectionFailed", "Output is bad."},
        {status("failed", R"(,"error":"boom")"), Kind::task_failed, "", "boom"},
        {status("FAILURE", R"(,"fail_reason":"内容违规")"), Kind::task_failed, "content_rejected",
         "内容违规"},
        {status("cancelled", R"(,"error":null)"), Kind::task_cancelled, "", "cancelled"},
        {status("canceled"), Kind::task_cancelled, "", "cancelled"},
        {status("expired"), Kind::task_failed, "expired", "expired"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.reply.body);
        const auto failure = fail({submitted(), row.reply});
        CHECK(failure.kind == row.kind);
        CHECK(failure.code == row.code);
        CHECK(failure.message.find(row.words) != std::string::npos);
        CHECK(failure.message.find("poll /v1/videos/task_1") == 0);
        CHECK(failure.billing == Billing::known);
    }
}

TEST_CASE("fault row 35: a task is lost after three sightings over four intervals, not before") {
    ScriptedAttempt attempt(Group::video);
    attempt.replies = {submitted()};
    for (int i = 0; i < 10; ++i) attempt.replies.push_back(unknown_task());

    const auto failure = play_failure(jobs::videos(), horse, attempt);

    CHECK(failure.kind == Kind::task_lost);
    CHECK(failure.billing == Billing::known);
    CHECK(attempt.slept_s == 15 + 60);
}

TEST_CASE("a task seen again starts the count of sightings anew") {
    ScriptedAttempt attempt(Group::video);
    attempt.replies = {submitted(),    unknown_task(), unknown_task(),
                       unknown_task(), unknown_task(), status("queued"),
                       unknown_task(), unknown_task(), completed()};

    CHECK(play(jobs::videos(), horse, attempt).outputs.size() == 1);
}

TEST_CASE("a finished task without a link is fetched from the gateway's copy") {
    ScriptedAttempt attempt(Group::video);
    attempt.replies = {submitted(), status("completed")};

    play(jobs::videos(), horse, attempt);

    CHECK(attempt.sent.back() == "FETCH /v1/videos/task_1/content");
}

TEST_CASE("a text where the link belongs is asked about again") {
    ScriptedAttempt attempt(Group::video);
    attempt.replies = {submitted(), completed("upstream error"), completed("upstream error"),
                       completed()};
    play(jobs::videos(), horse, attempt);
    CHECK(attempt.sent.back().starts_with("FETCH https://r.example/"));

    ScriptedAttempt never(Group::video);
    never.replies = {submitted()};
    for (int i = 0; i < 9; ++i) never.replies.push_back(completed("upstream error"));
    play(jobs::videos(), horse, never);
    CHECK(never.sent.back() == "FETCH /v1/videos/task_1/content");
    CHECK(never.replies.size() == 4);
}

TEST_CASE("a dead link gets one fresh one, and the task never goes back") {
    ScriptedAttempt attempt(Group::video);
    attempt.replies = {submitted(), completed(), status("queued"),
                       completed("https://r.example/fresh.mp4")};
    attempt.downloads = {failure_of(Kind::result_expired)};

    play(jobs::videos(), horse, attempt);
    CHECK(attempt.sent.back() == "FETCH https://r.example/fresh.mp4");

    ScriptedAttempt twice(Group::video);
    twice.replies = {submitted(), completed(), completed()};
    twice.downloads = {failure_of(Kind::result_expired), failure_of(Kind::result_expired)};
    CHECK(play_failure(jobs::videos(), horse, twice).kind == Kind::result_expired);
    CHECK(twice.notes["remote_id"] == "task_1");

    ScriptedAttempt page(Group::video);
    page.replies = {submitted(), completed(), completed()};
    page.downloads = {failure_of(Kind::bad_media)};
    CHECK(play(jobs::videos(), horse, page).outputs.size() == 1);
}

TEST_CASE("a video in a data URL is decoded") {
    ScriptedAttempt attempt(Group::video);
    attempt.replies = {submitted(),
                       completed("data:video/mp4;base64,AAAAGGZ0eXBpc29tAAACAGlzb20AAAAIbWRhdA==")};

    const auto outcome = play(jobs::videos(), horse, attempt);

    CHECK(outcome.outputs.at(0).path == "outputs/task.mp4");
    CHECK(attempt.saved.size() == 1);
}
