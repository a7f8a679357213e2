// What goes wrong while a result is fetched. A paid video is never rendered again because of it,
// and nothing short or foreign gets a final name.

#include "tests/faults/video_night.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace nightshift;
using namespace nightshift::test;

namespace {

const std::string whole = clip();

// The night ended well: the whole video, one POST.
void check_whole(const VideoNight& night, const Ran& ran, const std::string& expected = whole) {
    CHECK(ran.counts.at(State::succeeded) == 1);
    CHECK(ran.posts() == 1);
    CHECK(night.video() == expected);
}

void check_restarts_after(const http::Reply& answer_to_range) {
    VideoNight night;
    night.store = [&](const Exchange&, int n) {
        if (n == 1) return cut(stored(whole), 1000);
        return n == 2 ? answer_to_range : stored(whole);
    };
    const auto ran = night.run();

    check_whole(night, ran);
    REQUIRE(night.fetches.size() == 3);
    CHECK(night.fetches[1].header("Range") == "bytes=1000-");
    CHECK(night.fetches[2].header("Range").empty());
}

}  // namespace

TEST_CASE("a video of more than 64 MiB comes in one piece") {
    const auto large = clip(80u << 20);
    VideoNight night;
    night.store = [&](const Exchange&, int) { return stored(large); };
    const auto ran = night.run();

    CHECK(ran.counts.at(State::succeeded) == 1);
    CHECK(night.fetches.size() == 1);
    CHECK((night.video() == large));  // without printing it
}

TEST_CASE("fault row 49: a download that stalls goes on where it stopped") {
    VideoNight night;
    night.store = [](const Exchange&, int n) {
        return n == 1 ? cut(stored(whole), 1000, http::Trouble::idle) : rest_of(whole, 1000);
    };
    const auto ran = night.run();

    check_whole(night, ran);
    CHECK(night.fetches.at(1).header("Range") == "bytes=1000-");
    CHECK(night.fetches.at(1).header("If-Range") == "\"1\"");
}

TEST_CASE("fault row 50: a download whose connection is reset goes on where it stopped") {
    VideoNight night;
    night.store = [](const Exchange&, int n) {
        if (n <= 3) {
            const auto from = static_cast<std::size_t>(n - 1) * 1000;
            auto reply = from == 0 ? stored(whole) : rest_of(whole, from);
            return cut(std::move(reply), 1000);
        }
        return rest_of(whole, 3000);
    };
    const auto ran = night.run();

    check_whole(night, ran);
    CHECK(night.fetches.size() == 4);
}

TEST_CASE("fault row 60: an expired link is asked for again, and the fresh one is fetched") {
    for (const int status : {403, 404, 410}) {
        VideoNight night;
        night.links = {result_host + "/old.mp4", result_host + "/new.mp4"};
        night.store = [&](const Exchange& fetch, int) {
            return fetch.path == "/old.mp4" ? refused(status) : stored(whole);
        };
        const auto ran = night.run();

        CAPTURE(status);
        check_whole(night, ran);
        CHECK(night.polls == 2);
        CHECK(night.fetches.size() == 2);
    }
}

TEST_CASE(
    "fault row 60: a link that is told too early is asked for again until its file is there") {
    for (const int status : {403, 404}) {
        VideoNight night;
        double done_s = 0;
        night.store = [&](const Exchange& fetch, int n) {
            if (n == 1) done_s = fetch.at_s;
            return fetch.at_s < done_s + 240 ? refused(status) : stored(whole);
        };
        const auto ran = night.run();

        CAPTURE(status);
        check_whole(night, ran);
        CHECK(night.fetches.size() > 4);
        CHECK(night.fetches.size() < 20);
    }
}

TEST_CASE("fault row 60: a link that is not there for five minutes ends as result_expired") {
    VideoNight night;
    night.store = [](const Exchange&, int) { return refused(404); };
    const auto ran = night.run();

    CHECK(line_of(ran)["error"]["kind"] == "result_expired");
    const double waited_s = night.fetches.back().at_s - night.fetches.front().at_s;
    CHECK(waited_s >= 240);  // the last try begins within the five minutes, or just after
    CHECK(waited_s <= 400);
    CHECK(night.fetches.size() <= 12);
    CHECK(ran.posts() == 1);
}

TEST_CASE("fault row 60: a store that says that a signature has expired is asked once more") {
    for (const std::string body :
         {"<Error><Code>AccessDenied</Code><Message>Request has expired</Message>"
          "<ServerTime>2026-05-21T16:41:24Z</ServerTime></Error>",
          "<Error><Code>ExpiredToken</Code></Error>"}) {
        VideoNight night;
        night.store = [&](const Exchange&, int) { return refused(403, body); };
        const auto ran = night.run();

        CAPTURE(body);
        CHECK(line_of(ran)["error"]["kind"] == "result_expired");
        CHECK(night.fetches.size() == 2);
        CHECK(night.polls == 2);
    }
}

TEST_CASE("a link whose host is not reached is asked for afresh, and the video not lost") {
    VideoNight night;
    night.links = {"https://dead.example.net/a.mp4", "https://dead.example.net/b.mp4",
                   result_host + "/c.mp4"};
    night.store = [](const Exchange& fetch, int) {
        if (fetch.origin == result_host) return stored(whole);
        return no_reply(http::Trouble::connect, false);
    };
    const auto ran = night.run();

    check_whole(night, ran);
    CHECK(night.polls == 3);
    CHECK(night.fetches.size() == 3);
}

TEST_CASE("a link whose host is never reached ends after ten minutes of a few tries") {
    VideoNight night;
    night.store = [](const Exchange&, int) { return no_reply(http::Trouble::connect, false); };
    const auto ran = night.run();

    const auto line = line_of(ran);
    CHECK(line["error"]["kind"] == "result_expired");
    CHECK(line["remote_id"] == "task_1");
    const double waited_s = night.fetches.back().at_s - night.fetches.front().at_s;
    CHECK(waited_s >= 600);
    CHECK(waited_s <= 720);
    CHECK(night.fetches.size() <= 20);
    CHECK(ran.posts() == 1);
}

TEST_CASE("the deadline and the longest duration end a wait for a dead link") {
    VideoNight late;
    late.deadline_s = 60;
    late.store = [](const Exchange&, int) { return no_reply(http::Trouble::connect, false); };
    const auto overdue = late.run();
    CHECK(line_of(overdue)["error"]["kind"] == "result_expired");
    CHECK(late.fetches.back().at_s <= 90);

    VideoNight bounded;
    bounded.max_duration_s = 100;
    bounded.store = late.store;
    const auto stopped = bounded.run();
    CHECK(stopped.stop.cause == StopCause::quota);
    CHECK(stopped.counts.at(State::submitted) == 1);
    CHECK(bounded.fetches.back().at_s <= 101);
    CHECK(stopped.ledger.empty());
}

TEST_CASE("what is stored packed is unpacked, and what only says so is kept") {
    VideoNight night;
    night.store = [](const Exchange& fetch, int n) {
        auto reply = stored(whole);
        reply.headers.emplace_back("content-encoding", "gzip");
        if (n == 1) return cut(std::move(reply), 0, http::Trouble::protocol);
        CHECK(fetch.header("Range").empty());
        return reply;
    };
    const auto ran = night.run();

    check_whole(night, ran);
    CHECK(night.fetches.size() == 2);
    for (const auto& fetch : night.fetches) CHECK(fetch.header("Accept-Encoding") == "identity");
}

TEST_CASE("fault row 60: links that stay expired end as result_expired, with their date") {
    VideoNight night;
    night.links = {result_host + "/a.mp4?Expires=1779381684&Signature=x"};
    night.store = [](const Exchange&, int) { return refused(403); };
    const auto ran = night.run();

    const auto line = line_of(ran);
    CHECK(line["state"] == "failed");
    CHECK(line["error"]["kind"] == "result_expired");
    CHECK(line["error"]["retryable"] == true);
    const std::string message = line["error"]["message"];
    CHECK(message.find("2026-05-21T16:41:24") != message.npos);
    CHECK(line["remote_id"] == "task_1");
    CHECK(night.polls == 2);
    CHECK(night.fetches.size() == 2);
    CHECK(ran.posts() == 1);
    CHECK(night.nothing_is_final());
}

TEST_CASE(
    "fault row 60: a link that is dead when the deadline is over ends as expired, not as late") {
    VideoNight night;
    night.deadline_s = 5;  // the first poll comes after that
    night.store = [](const Exchange&, int) { return refused(403); };
    const auto ran = night.run();

    CHECK(line_of(ran)["error"]["kind"] == "result_expired");
    CHECK(night.polls == 1);
}

TEST_CASE("fault row 61: a video shorter than its Content-Length is never final") {
    VideoNight night;
    night.store = [](const Exchange&, int) { return cut(stored(whole), 2000); };
    const auto ran = night.run();

    CHECK(line_of(ran)["state"] == "failed");
    CHECK(night.fetches.size() == 10);  // five tries, and five of a fresh link
    CHECK(ran.posts() == 1);
    CHECK(night.nothing_is_final());
}

TEST_CASE("fault row 62: a video without a length that ends early is found out and fetched again") {
    auto unmeasured = [](http::Reply reply) {
        reply.headers = {{"content-type", "video/mp4"}};
        return reply;
    };
    VideoNight night;
    night.store = [&](const Exchange&, int n) {
        return unmeasured(stored(n == 1 ? whole.substr(0, 1000) : whole));
    };
    const auto ran = night.run();
    check_whole(night, ran);
    CHECK(night.fetches.size() == 2);

    VideoNight hopeless;
    hopeless.store = [&](const Exchange&, int) { return unmeasured(stored(whole.substr(0, 99))); };
    const auto ended = hopeless.run();
    CHECK(line_of(ended)["error"]["kind"] == "bad_media");
    CHECK(ended.posts() == 1);
    CHECK(hopeless.nothing_is_final());
}

TEST_CASE("fault row 63: when the object changed and the store says so, the download restarts") {
    const auto other = clip(4096, 'y');
    VideoNight night;
    night.store = [&](const Exchange& fetch, int n) {
        if (n == 1) return cut(stored(whole), 1000);
        CHECK(fetch.header("If-Range") == "\"1\"");
        return stored(other, "\"2\"");
    };
    const auto ran = night.run();

    check_whole(night, ran, other);
    CHECK(night.fetches.size() == 2);
}

TEST_CASE("fault row 64: a 206 of another object is not glued to what is there") {
    const auto other = clip(4096, 'y');
    const auto longer = clip(8192, 'y');
    for (const auto& answer : {rest_of(other, 1000, "\"2\""), rest_of(longer, 1000, "\"1\""),
                               rest_of(whole, 999, "\"1\"")}) {
        check_restarts_after(answer);
    }
}

TEST_CASE("fault row 65: a 416, and a 206 in several parts, restart the download") {
    auto parts = rest_of(whole, 1000);
    parts.headers = {{"content-type", "multipart/byteranges; boundary=x"}, {"etag", "\"1\""}};
    check_restarts_after(parts);
    check_restarts_after(refused(416));
}

TEST_CASE("fault row 65: a 200 in place of a 206 restarts the download with what it brings") {
    VideoNight night;
    night.store = [](const Exchange&, int n) {
        return n == 1 ? cut(stored(whole), 1000) : stored(whole);
    };
    const auto ran = night.run();

    check_whole(night, ran);
    CHECK(night.fetches.size() == 2);
}

TEST_CASE("fault row 70: an error page in place of a video is not kept, and the link renewed") {
    VideoNight night;
    night.links = {result_host + "/old.mp4", result_host + "/new.mp4"};
    night.store = [](const Exchange& fetch, int) {
        return stored(fetch.path == "/old.mp4" ? "<!doctype html><html>busy</html>" : whole);
    };
    const auto ran = night.run();
    check_whole(night, ran);
    CHECK(night.polls == 2);

    VideoNight hopeless;
    hopeless.store = [](const Exchange&, int) { return stored("<html>busy</html>"); };
    const auto ended = hopeless.run();
    CHECK(line_of(ended)["error"]["kind"] == "bad_media");
    CHECK(ended.posts() == 1);
    CHECK(hopeless.nothing_is_final());
}
