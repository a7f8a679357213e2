// What a gateway may say of a video that it has: nothing of it pays again.

#include "tests/fakes/nights.hpp"

#include <doctest/doctest.h>

using namespace nightshift;
using namespace nightshift::test;
using namespace nightshift::test::nights;

namespace {

// One video; the n-th poll is answered by script[n], the last one stays. Its own copy of the
// video is there unless `copy` says something else.
Ran watched(std::vector<http::Reply> script, std::function<http::Reply()> copy = clip) {
    std::size_t asked = 0;
    Night night{.tasks = videos(1), .options = {}, .gateway = [&](const Exchange& each) {
                    if (each.method == "POST") return accepted("task_1");
                    if (is_content(each)) return copy();
                    if (each.path.starts_with("/o/")) return clip();
                    return script[std::min(asked++, script.size() - 1)];
                }};
    night.options.deadline_s = 3600;
    return live_through(night);
}

http::Reply no_such_task(int status) {
    return json_reply(status,
                      R"({"code":"task_not_exist","message":"task_not_exist","data":null})");
}

http::Reply gone() {
    auto reply = json_reply(404, R"({"error":{"message":"no such object"}})");
    return reply;
}

std::vector<std::string> fetched(const Ran& ran) {
    std::vector<std::string> paths;
    for (const auto& each : ran.seen) {
        const bool poll = each.method == "POST" || each.path == "/v1/videos/task_1";
        if (!poll) paths.push_back(each.path);
    }
    return paths;
}

}  // namespace

TEST_CASE("fault row 35: a task that the gateway does not know is lost after three sightings") {
    const auto not_found = json_reply(404, R"({"error":{"message":"task not found"}})");
    for (const auto& reply : {no_such_task(400), no_such_task(404), not_found}) {
        CAPTURE(reply.body);
        const auto ran = watched({polled("queued"), reply});

        CHECK(kind_of(ran, "t0") == "task_lost");
        CHECK(ran.posts() == 1);
        CHECK(ran.seen.size() >= 1 + 1 + 3);
        CHECK(ran.seconds >= 60);
        CHECK(ran.seconds < 300);
        CHECK(line_of(ran, "t0")["remote_id"] == "task_1");
    }
}

TEST_CASE("fault row 35: a proxy's 404 page and two sightings are no loss") {
    const auto ran =
        watched({page(404, "Not Found"), page(404, "Not Found"), page(404, "Not Found"),
                 page(404, "Not Found"), page(404, "Not Found"), no_such_task(400),
                 no_such_task(400), polled("completed")});

    CHECK(count_of(ran, State::succeeded) == 1);
    CHECK(ran.posts() == 1);
}

TEST_CASE("fault row 36: a word that nobody knows and any progress mean: not done yet") {
    const auto ran = watched(
        {polled("NOT_START"), polled("unknown"), polled(""), polled("a_future_word"),
         json_reply(200, R"({"id":"task_1"})"), json_reply(200, R"({"id":"task_1","status":null})"),
         json_reply(200, R"({"id":"task_1","status":7})"),
         polled("in_progress", R"(,"progress":"120%")"),
         polled("in_progress", R"(,"progress":null)"), polled("in_progress", R"(,"progress":-1)"),
         polled("in_progress", R"(,"progress":1e300)"), polled("in_progress", R"(,"progress":100)"),
         polled("completed")});

    CHECK(count_of(ran, State::succeeded) == 1);
    CHECK(ran.posts() == 1);
    CHECK(ran.seen.size() == 1 + 13 + 1);
}

TEST_CASE("fault row 37: a status that goes back is waited for, the video neither paid nor lost") {
    int asked = 0;
    const auto expired_once = [&] { return asked++ == 0 ? gone() : clip(); };
    const auto ran = watched({polled("completed"), polled("queued"), polled("NOT_START"),
                              polled("in_progress"), polled("completed")},
                             expired_once);

    CHECK(count_of(ran, State::succeeded) == 1);
    CHECK(ran.posts() == 1);
    CHECK(asked == 2);
}

TEST_CASE("fault row 38: without a usable link the gateway's own copy is fetched") {
    const std::string copy = "/v1/videos/task_1/content";
    for (const std::string more :
         {"", R"(,"metadata":{"url":""})", R"(,"metadata":{"url":null})", R"(,"url":17)"}) {
        CAPTURE(more);
        const auto ran = watched({polled("completed", more)});
        CHECK(count_of(ran, State::succeeded) == 1);
        CHECK(fetched(ran) == std::vector<std::string>{copy});
        CHECK(ran.posts() == 1);
    }
}

TEST_CASE("fault row 38: an error text where the link belongs is asked about five times") {
    const auto error = polled("completed", R"(,"metadata":{"url":"upstream error: no file"})");
    const auto never = watched({error});
    CHECK(count_of(never, State::succeeded) == 1);
    CHECK(std::count_if(never.seen.begin(), never.seen.end(), [](const Exchange& each) {
              return each.method == "GET" && !is_content(each);
          }) == 5);

    const auto later = watched({error, polled("completed", R"(,"metadata":{"url":"/o/1.mp4"})")});
    CHECK(count_of(later, State::succeeded) == 1);
    CHECK(fetched(later) == std::vector<std::string>{"/o/1.mp4"});
}

TEST_CASE("fault row 38: completed, and no video anywhere: failed with its id, never paid again") {
    const auto ran = watched({polled("completed")}, gone);

    CHECK(count_of(ran, State::failed) == 1);
    CHECK(kind_of(ran, "t0") == "result_expired");
    CHECK(line_of(ran, "t0")["remote_id"] == "task_1");
    CHECK(ran.posts() == 1);
}
