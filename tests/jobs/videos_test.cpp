#include "tests/jobs/scripted_attempt.hpp"

#include <doctest/doctest.h>

#include <algorithm>

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

Failure dead(const std::string& code) {
    auto failure = failure_of(Kind::result_expired);
    failure.code = code;
    return failure;
}

// The gateway keeps no copy of the video.
Failure no_copy() {
    return dead("http_404");
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

TEST_CASE("the model that a finished video's report names is kept, wherever it stands") {
    const auto made_by = [](const std::string& report) {
        ScriptedAttempt attempt(Group::video);
        attempt.replies = {submitted(), ok(report)};
        return play(jobs::videos(), horse, attempt).model;
    };
    const std::string url = R"("url":"https://r.example/v.mp4")";

    CHECK(made_by(R"({"status":"done","model":"wan-3","metadata":{)" + url + "}}") == "wan-3");
    CHECK(made_by(R"({"model":"as-asked","data":{"status":"SUCCESS","model_name":"wan-3",)" + url +
                  "}}") == "wan-3");
    CHECK(made_by(R"({"status":"done","model":null,"data":{"model":7},"metadata":{)" + url +
                  "}}") == std::nullopt);
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

TEST_CASE("an id is found where other vendors put it, as a number, too") {
    struct Row {
        const char* body;
        const char* id;
    };
    const Row rows[] = {
        {R"({"id":1234567890123456789,"status":"queued"})", "1234567890123456789"},
        {R"({"id":18446744073709551615})", "18446744073709551615"},
        {R"({"task_id":424010985738629})", "424010985738629"},
        {R"({"data":{"id":6}})", "6"},
        {R"({"output":{"task_id":"0385-5ff8","task_status":"PENDING"},"request_id":"r-1"})",
         "0385-5ff8"},
        {R"({"code":"success","message":"","data":"task_abc1"})", "task_abc1"},
        {R"({"code":0,"data":["task_abc1"]})", "task_abc1"},
        {R"({"code":0,"data":[{"task_id":"k-1"}]})", "k-1"},
        {R"({"video_id":"video_1","status":"queued"})", "video_1"},
        {R"({"result":{"taskId":"t-1"}})", "t-1"},
        {R"({"data":{"task":{"id":"n-1"}}})", "n-1"},
        {R"({"id":" task_1\n"})", "task_1"},
    };
    for (const auto& row : rows) {
        CAPTURE(std::string(row.body));
        ScriptedAttempt attempt(Group::video);
        attempt.replies = {ok(row.body), completed()};
        play(jobs::videos(), horse, attempt);
        CHECK(attempt.notes["remote_id"] == row.id);
        CHECK(attempt.sent.at(2) == "GET /v1/videos/" + std::string(row.id));
    }
}

TEST_CASE(
    "of two ids the second is asked when the first is not known, and both before it is lost") {
    ScriptedAttempt attempt(Group::video);
    attempt.replies = {ok(R"({"id":"A-1","task_id":"B-2","status":"queued"})"), unknown_task(),
                       status("queued"), completed()};
    play(jobs::videos(), horse, attempt);
    CHECK(attempt.notes["remote_id"] == "A-1");
    CHECK(attempt.notes["other_id"] == "B-2");
    const std::vector<std::string> polls(attempt.sent.begin() + 3, attempt.sent.begin() + 6);
    CHECK(polls == std::vector<std::string>{"GET /v1/videos/A-1", "GET /v1/videos/B-2",
                                            "GET /v1/videos/B-2"});

    ScriptedAttempt resumed(Group::video);
    resumed.notes = {{"remote_id", "A-1"}, {"other_id", "B-2"}};
    resumed.replies = {unknown_task(), status("completed")};
    play(jobs::videos(), horse, resumed);
    CHECK(resumed.sent.back() == "FETCH /v1/videos/B-2/content");

    ScriptedAttempt neither(Group::video);
    neither.replies = {ok(R"({"id":"A-1","task_id":"B-2"})")};
    for (int i = 0; i < 20; ++i) neither.replies.push_back(unknown_task());
    CHECK(play_failure(jobs::videos(), horse, neither).kind == Kind::task_lost);
    CHECK(std::count(neither.sent.begin(), neither.sent.end(), "GET /v1/videos/B-2") >= 3);
    CHECK(std::count(neither.sent.begin(), neither.sent.end(), "POST /v1/videos") == 1);
}

TEST_CASE("a submit without an id leaves open whether a video exists") {
    for (const std::string body :
         {R"({"object":"video","status":"queued"})", R"({"id":0})", R"({"id":-1})",
          R"({"id":true})", R"({"id":["task_1"]})", R"({"id":"","task_id":null})", "", "OK",
          R"({"id":"task_)", R"({"code":"success","data":null})",
          R"({"code":"success","data":"in the queue"})", R"({"request_id":"r-1"})"}) {
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

TEST_CASE("polling ends at the deadline, and says what the gateway said last") {
    ScriptedAttempt attempt(Group::video);
    attempt.replies = {submitted()};

    CHECK(play_failure(jobs::videos(), horse, attempt).kind == Kind::task_deadline);

    struct Row {
        http::Reply reply;
        const char* words;
    };
    const Row rows[] = {
        {status("Frobnicated"), "its last status was \"Frobnicated\""},
        {ok(R"({"id":"task_1","phase":"x9"})"), "HTTP 200: {\"id\":\"task_1\",\"phase\":\"x9\"}"},
        {replied(400, R"({"code":"odd_code","message":"odd words"})"), "odd_code: odd words"},
    };
    for (const auto& row : rows) {
        ScriptedAttempt unclear(Group::video);
        unclear.replies = {submitted()};
        for (int i = 0; i < 300; ++i) unclear.replies.push_back(row.reply);
        const auto failure = play_failure(jobs::videos(), horse, unclear);
        CHECK(failure.kind == Kind::task_deadline);
        CAPTURE(failure.message);
        CHECK(failure.message.find(row.words) != std::string::npos);
    }
}

TEST_CASE("a poll that is refused for the content again and again is how the task ended") {
    const auto refusal = replied(
        400, R"({"code":"imagine:content-moderated","error":"Rejected by content moderation."})");
    const auto failure =
        fail({submitted(), refusal, refusal, refusal, refusal, refusal, refusal, refusal});
    CHECK(failure.kind == Kind::task_failed);
    CHECK(failure.message.find("content moderation") != std::string::npos);

    ScriptedAttempt once(Group::video);
    once.replies = {submitted(), refusal, refusal, completed()};
    CHECK(play(jobs::videos(), horse, once).outputs.size() == 1);
}

TEST_CASE("a state's word is known in any spelling, and wherever the state stands") {
    for (const std::string word :
         {"SUCCESS", "Succeeded", "TASK_STATUS_SUCCEED", "JOB_STATE_SUCCEEDED", "ready", "finished",
          "Completed ", "成功", "已完成"}) {
        CAPTURE(word);
        ScriptedAttempt attempt(Group::video);
        attempt.replies = {submitted(), status(word, R"(,"url":"https://r.example/v.mp4")")};
        CHECK(play(jobs::videos(), horse, attempt).outputs.size() == 1);
    }
    for (const std::string word :
         {"rejected", "REJECTED", "Request Moderated", "content-moderated", "blocked", "terminated",
          "timed out", "FAILURE", "失败", "TASK_STATUS_FAILED"}) {
        CAPTURE(word);
        const auto failure =
            fail({submitted(), status(word, R"(,"error":{"message":"against the policy"})")});
        CHECK(failure.kind == Kind::task_failed);
        CHECK(failure.message.find("against the policy") != std::string::npos);
    }
    for (const std::string body :
         {R"({"state":"completed","url":"https://r.example/v.mp4"})",
          R"({"code":"success","data":[{"status":"SUCCESS","url":"https://r.example/v.mp4"}]})",
          R"({"status":200,"data":{"task_status":"succeed","url":"https://r.example/v.mp4"}})",
          R"({"status":"success","data":{"status":"processing","progress":"5%"}})"}) {
        CAPTURE(body);
        ScriptedAttempt attempt(Group::video);
        attempt.replies = {submitted(), ok(body), completed()};
        CHECK(play(jobs::videos(), horse, attempt).outputs.size() == 1);
        const bool under_way = body.find("processing") != std::string::npos;
        CHECK(attempt.replies.size() == (under_way ? 0 : 1));
    }
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

    for (const std::string text : {"upstream error", "", " "}) {
        ScriptedAttempt never(Group::video);
        never.replies = {submitted()};
        for (int i = 0; i < 9; ++i) {
            never.replies.push_back(completed(text));
            never.downloads.push_back(no_copy());
        }
        const auto failure = play_failure(jobs::videos(), horse, never);
        CHECK(failure.kind == Kind::result_expired);
        CHECK(failure.message.find("no link to the video") != std::string::npos);
        CHECK(never.sent.back() == "FETCH /v1/videos/task_1/content");
        CHECK(never.replies.size() == 4);
    }
}

TEST_CASE("a link is found where other vendors put it") {
    const std::string link = "https://r.example/v.mp4?a=1";
    for (
        const std::string body :
        {R"({"status":"succeeded","output":["LINK"]})", R"({"status":"succeeded","output":"LINK"})",
         R"({"code":0,"data":{"task_status":"succeed","task_result":{"videos":[{"url":"LINK"}]}}})",
         R"({"status":"completed","videos":[{"url":"LINK"}]})",
         R"({"status":"completed","videos":["LINK"]})",
         R"({"output":{"task_status":"SUCCEEDED","results":[{"url":"LINK"}]}})",
         R"({"status":"completed","video_urls":["LINK"]})",
         R"({"status":"completed","result":{"video_url":"LINK"}})",
         R"({"data":{"status":"SUCCESS","result_url":"","data":{"data":{"result_url":"LINK"}}}})",
         R"({"status":"done","video":{"url":"LINK"}})",
         R"({"status":"success","creations":[{"url":"LINK","cover_url":"https://r.example/c"}]})",
         R"({"status":"completed","x":{"y":[{"film":"LINK"}]}})"}) {
        CAPTURE(body);
        auto whole = body;
        whole.replace(whole.find("LINK"), 4, link);
        ScriptedAttempt attempt(Group::video);
        attempt.replies = {submitted(), ok(whole)};
        const bool stray = body.find("film") != std::string::npos;
        if (stray) attempt.downloads = {no_copy()};
        play(jobs::videos(), horse, attempt);
        CHECK(attempt.sent.back() == "FETCH " + link);
    }
}

TEST_CASE("what the task was given is never taken for its result") {
    ScriptedAttempt attempt(Group::video);
    attempt.replies = {submitted()};
    for (int i = 0; i < 9; ++i) {
        attempt.replies.push_back(
            ok(R"({"status":"completed","input":{"media":[{"url":"https://my.example/in.mp4"}]},)"
               R"("parameters":{"video":"https://my.example/in.mp4"}})"));
        attempt.downloads.push_back(no_copy());
    }
    play_failure(jobs::videos(), horse, attempt);
    for (const auto& each : attempt.sent) CHECK(each.find("my.example") == std::string::npos);
}

TEST_CASE("when one link gives no video the next one is tried, and the gateway's copy at last") {
    const auto two = R"({"status":"completed","url":"https://r.example/cover.jpg",)"
                     R"("video_url":"https://r.example/v.mp4"})";
    ScriptedAttempt attempt(Group::video);
    attempt.replies = {submitted(), ok(two)};
    attempt.downloads = {failure_of(Kind::bad_media), failure_of(Kind::result_expired)};

    play(jobs::videos(), horse, attempt);

    const std::vector<std::string> fetches(attempt.sent.end() - 3, attempt.sent.end());
    CHECK(fetches == std::vector<std::string>{"FETCH https://r.example/cover.jpg",
                                              "FETCH https://r.example/v.mp4",
                                              "FETCH /v1/videos/task_1/content"});
}

TEST_CASE("a dead link gets one fresh one, and the task never goes back") {
    ScriptedAttempt attempt(Group::video);
    attempt.replies = {submitted(), completed(), status("queued"),
                       completed("https://r.example/fresh.mp4")};
    attempt.downloads = {dead("expired"), no_copy()};

    play(jobs::videos(), horse, attempt);
    CHECK(attempt.sent.back() == "FETCH https://r.example/fresh.mp4");

    ScriptedAttempt twice(Group::video);
    twice.replies = {submitted(), completed(), completed()};
    twice.downloads = {dead("expired"), no_copy(), dead("expired"), no_copy()};
    CHECK(play_failure(jobs::videos(), horse, twice).kind == Kind::result_expired);
    CHECK(twice.notes["remote_id"] == "task_1");

    ScriptedAttempt page(Group::video);
    page.replies = {submitted(), completed(), completed()};
    page.downloads = {failure_of(Kind::bad_media), no_copy()};
    CHECK(play(jobs::videos(), horse, page).outputs.size() == 1);
}

TEST_CASE("fault row 60: a link that is not there yet is asked for again for five minutes") {
    for (const int late : {1, 3, 8}) {
        ScriptedAttempt attempt(Group::video);
        attempt.replies = {submitted()};
        for (int i = 0; i <= late; ++i) attempt.replies.push_back(completed());
        for (int i = 0; i < late; ++i) {
            attempt.downloads.push_back(dead("http_404"));
            attempt.downloads.push_back(no_copy());
        }
        CHECK(play(jobs::videos(), horse, attempt).outputs.size() == 1);
    }
    ScriptedAttempt never(Group::video);
    never.replies = {submitted()};
    for (int i = 0; i < 200; ++i) {
        never.replies.push_back(completed());
        never.downloads.push_back(dead("http_403"));
        never.downloads.push_back(no_copy());
    }
    CHECK(play_failure(jobs::videos(), horse, never).kind == Kind::result_expired);
    CHECK(never.slept_s >= 300);
    CHECK(never.slept_s <= 400);
}

TEST_CASE("a link whose host is not reached is given up after ten minutes, not before") {
    ScriptedAttempt attempt(Group::video);
    attempt.replies = {submitted()};
    auto unreached = failure_of(Kind::network);
    unreached.code = "unreached";
    for (int i = 0; i < 200; ++i) {
        attempt.replies.push_back(completed());
        attempt.downloads.push_back(unreached);
        attempt.downloads.push_back(no_copy());
    }
    CHECK(play_failure(jobs::videos(), horse, attempt).kind == Kind::result_expired);
    CHECK(attempt.slept_s >= 600);
    CHECK(attempt.slept_s <= 700);

    ScriptedAttempt overdue(Group::video);
    overdue.deadline_s = 100;
    overdue.replies = attempt.replies;
    overdue.replies.push_front(completed());
    overdue.replies.push_front(submitted());
    for (int i = 0; i < 40; ++i) overdue.downloads.push_back(unreached);
    CHECK(play_failure(jobs::videos(), horse, overdue).kind == Kind::result_expired);
    CHECK(overdue.slept_s <= 115);
}

TEST_CASE("a video in a data URL is decoded") {
    ScriptedAttempt attempt(Group::video);
    attempt.replies = {submitted(),
                       completed("data:video/mp4;base64,AAAAGGZ0eXBpc29tAAACAGlzb20AAAAIbWRhdA==")};

    const auto outcome = play(jobs::videos(), horse, attempt);

    CHECK(outcome.outputs.at(0).path == "outputs/task.mp4");
    CHECK(attempt.saved.size() == 1);
}
