// The engine on a virtual clock: nights of work in milliseconds, no socket, no real time.

#include "engine/engine.hpp"

#include "engine/pacing/lanes.hpp"
#include "engine/polling/poll_plan.hpp"
#include "tests/fakes/nights.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>

using namespace nightshift;
using namespace nightshift::test;
using nlohmann::json;
using namespace nightshift::test::nights;

TEST_CASE("a task that fails twice succeeds on its third attempt") {
    int given = 0;
    Night night{.tasks = chats(1), .options = {}, .gateway = [&](const Exchange&) {
                    return given++ < 2
                               ? json_reply(500, R"({"error":{"code":"get_channel_failed"}})")
                               : good_chat();
                }};
    const auto ran = live_through(night);

    CHECK(ran.counts.at(State::succeeded) == 1);
    CHECK(json::parse(ran.ledger.at("t0"))["attempts"] == 3);
}

TEST_CASE("attempts end: the last error stands in the ledger") {
    Night night{.tasks = chats(1), .options = {}, .gateway = [](const Exchange&) {
                    return json_reply(500, R"({"error":{"code":"get_channel_failed"}})");
                }};
    const auto ran = live_through(night);

    CHECK(kind_of(ran, "t0") == "server_error");
    CHECK(ran.posts() == 5);
}

TEST_CASE("refusals for the rate do not use up attempts, and quiet the whole lane") {
    int given = 0;
    Night night{.tasks = chats(20), .options = {}, .gateway = [&](const Exchange&) {
                    return given++ < 60 ? json_reply(429, "") : good_chat();
                }};
    night.options.concurrency = 4;
    night.options.retry.attempts_max = 2;
    const auto ran = live_through(night);

    CHECK(ran.counts.at(State::succeeded) == 20);
    // Sixty refusals in storms of four: the lane cools down between them, longer each time.
    CHECK(ran.seconds > 60);
}

TEST_CASE(
    "fault row 52: a gateway that refuses connections for a while fails and uses up nothing") {
    Night night{.tasks = chats(10), .options = {}, .gateway = [](const Exchange& each) {
                    const bool down = each.at_s > 1 && each.at_s < 600;
                    return down ? no_reply(http::Trouble::connect, false) : good_chat();
                }};
    night.options.concurrency = 1;
    night.options.retry.attempts_max = 2;
    night.latency_s = 0.5;
    const auto ran = live_through(night);

    CHECK(ran.counts.at(State::succeeded) == 10);
    for (const auto& [id, line] : ran.ledger) CHECK(json::parse(line)["attempts"] == 1);
}

TEST_CASE("a gateway never reached in the first minute stops the run, everything pending") {
    Night night{.tasks = chats(3), .options = {}, .gateway = [](const Exchange&) {
                    return no_reply(http::Trouble::connect, false);
                }};
    const auto ran = live_through(night);

    CHECK(ran.stop.cause == StopCause::misconfigured);
    CHECK(ran.counts.at(State::pending) == 3);
    CHECK(ran.seconds < 70);
}

TEST_CASE("no more is in flight than -j allows") {
    Night night{
        .tasks = chats(50), .options = {}, .gateway = [](const Exchange&) { return good_chat(); }};
    night.options.concurrency = 7;
    const auto ran = live_through(night);

    CHECK(ran.in_flight_max == 7);
    CHECK(ran.counts.at(State::succeeded) == 50);
}

TEST_CASE("all that may be in flight is, though no answer comes for minutes") {
    Night night{
        .tasks = chats(900), .options = {}, .gateway = [](const Exchange&) { return good_chat(); }};
    night.options.limits = {{.match = "",
                             .endpoint = "",
                             .requests_per_minute = {},
                             .tokens_per_minute = {},
                             .concurrency = 900,
                             .remote_tasks = {},
                             .burst = {}}};
    night.options.concurrency = 900;
    night.latency_s = 200;
    const auto ran = live_through(night);

    CHECK(ran.in_flight_max == 900);
    CHECK(ran.seconds < 202);
}

TEST_CASE("a lane's own concurrency holds it, and the other lanes go on") {
    auto tasks = chats(20);
    for (auto& task : tasks_of("chat_completions", "slow", "/v1/chat/completions", 20)) {
        task.id += "-slow";
        tasks.push_back(task);
    }
    int slow = 0, slow_max = 0;
    Night night{
        .tasks = tasks, .options = {}, .gateway = [&](const Exchange&) { return good_chat(); }};
    night.options.limits = {{.match = "slow",
                             .endpoint = "",
                             .requests_per_minute = {},
                             .tokens_per_minute = {},
                             .concurrency = 1,
                             .remote_tasks = {},
                             .burst = {}}};
    night.options.concurrency = 8;
    const auto ran = live_through(night);
    for (const auto& each : ran.seen) {
        slow = static_cast<int>(std::count_if(ran.seen.begin(), ran.seen.end(), [&](const auto& o) {
            return o.body.find("slow") != o.body.npos && o.at_s == each.at_s;
        }));
        slow_max = std::max(slow_max, slow);
    }

    CHECK(slow_max == 1);
    CHECK(ran.counts.at(State::succeeded) == 40);
    CHECK(ran.seconds < 3);
}

TEST_CASE("requests per minute are kept in every window of a minute, evenly spaced") {
    Night night{
        .tasks = chats(150), .options = {}, .gateway = [](const Exchange&) { return good_chat(); }};
    night.options.limits = {{.match = "",
                             .endpoint = "",
                             .requests_per_minute = 60,
                             .tokens_per_minute = {},
                             .concurrency = {},
                             .remote_tasks = {},
                             .burst = {}}};
    const auto ran = live_through(night);

    CHECK(ran.seconds == doctest::Approx(149).epsilon(0.02));
    for (const auto& first : ran.seen) {
        const auto in_window = std::count_if(ran.seen.begin(), ran.seen.end(), [&](const auto& o) {
            return o.at_s >= first.at_s && o.at_s < first.at_s + 60 - 1e-6;
        });
        CHECK(in_window <= 60);
    }
}

TEST_CASE("of images of unknown outcome one in a hundred is sent again, rounded up") {
    Night night{.tasks = images(101), .options = {}, .gateway = [](const Exchange&) {
                    return no_reply(http::Trouble::reset, true);
                }};
    const auto ran = live_through(night);

    CHECK(ran.posts() == 101 + 2);
    CHECK(ran.counts.at(State::held) == 101);
}

TEST_CASE("the budget of resends is kept over restarts") {
    const ScratchFolder folder;
    Night night{.tasks = images(1), .options = {}, .gateway = [](const Exchange&) {
                    return no_reply(http::Trouble::reset, true);
                }};
    CHECK(live_through(night, folder).posts() == 2);
    night.tasks[0].id = "another";

    CHECK(live_through(night, folder).posts() <= 2);
}

TEST_CASE("a model that is not available is asked three times; its other tasks are not sent") {
    Night night{.tasks = chats(100), .options = {}, .gateway = [](const Exchange&) {
                    return json_reply(403,
                                      R"({"error":{"code":"","type":"new_api_error",)"
                                      R"("message":"This token has no access to model gpt-5.4"}})");
                }};
    night.options.concurrency = 1;
    const auto ran = live_through(night);

    CHECK(ran.posts() == 3);
    CHECK(ran.counts.at(State::failed) == 100);
    CHECK(kind_of(ran, "t99") == "model_unavailable");
    std::map<std::string, int> ends;
    int untried = 0;
    for (const auto& event : ran.events) {
        if (event.state == State::pending) continue;
        ++ends[event.id];
        CHECK(event.kind == "model_unavailable");
        CHECK(event.message.find("has no access to model") != std::string::npos);
        CHECK((event.attempts > 0 || !event.tried));
        if (!event.tried) ++untried;
    }
    CHECK(ends.size() == 100);
    CHECK(ran.events.size() <= 102);
    CHECK(untried == 99);
}

TEST_CASE("what was cancelled after it was claimed does not fail with its model") {
    Night night{.tasks = chats(20), .options = {}, .gateway = [](const Exchange&) {
                    return json_reply(403,
                                      R"({"error":{"code":"","type":"new_api_error",)"
                                      R"("message":"This token has no access to model gpt-5.4"}})");
                }};
    night.options.concurrency = 1;
    night.changed_at_s = 0.15;  // the second of three requests is under way
    night.change = [](Store& store) {
        Selection five;
        five.ids = {"t10", "t11", "t12", "t13", "t14"};
        const auto line_of = [](const Row& row) {
            return json{{"id", row.id}, {"state", "cancelled"}}.dump();
        };
        store.cancel(five, 1, line_of, {});
    };
    const auto ran = live_through(night);

    CHECK(ran.counts.at(State::failed) == 15);
    CHECK(ran.counts.at(State::cancelled) == 5);
    int told = 0;
    for (const auto& event : ran.events) told += event.state == State::failed ? 1 : 0;
    CHECK(told == 15);
    std::int64_t counted = 0;
    for (const auto& lane : ran.status.lanes) counted += lane.failed;
    CHECK(counted == 15);
}

TEST_CASE("fault row 31: without money no further POST leaves, and paid videos are fetched first") {
    int polls = 0, submits = 0;
    Night night{.tasks = videos(3), .options = {}, .gateway = [&](const Exchange& each) {
                    if (each.method == "POST") {
                        if (submits++ == 0) return accepted("task_1");
                        return json_reply(
                            403, R"({"code":"insufficient_user_quota","message":"","data":null})");
                    }
                    if (is_content(each)) return clip();
                    return polled(++polls < 5 ? "in_progress" : "completed");
                }};
    night.options.concurrency = 1;
    const auto ran = live_through(night);

    CHECK(ran.stop.cause == StopCause::quota);
    CHECK(ran.counts.at(State::succeeded) == 1);
    CHECK(ran.counts.at(State::pending) == 2);
    CHECK(ran.posts() == 2);
}

TEST_CASE("a refused key stops everything at once, videos stay submitted") {
    int given = 0;
    Night night{.tasks = videos(2), .options = {}, .gateway = [&](const Exchange& each) {
                    if (each.method == "POST") return accepted("task_" + std::to_string(given++));
                    return json_reply(
                        401, R"({"error":{"code":"","type":"new_api_error","message":"no"}})");
                }};
    const auto ran = live_through(night);

    CHECK(ran.stop.cause == StopCause::credentials);
    CHECK(ran.counts.at(State::submitted) == 2);
    CHECK(ran.ledger.empty());
}

TEST_CASE("--max-duration stops new work and leaves the rest pending") {
    Night night{.tasks = chats(1000), .options = {}, .gateway = [](const Exchange&) {
                    return good_chat();
                }};
    night.options.concurrency = 1;
    night.options.max_duration_s = 10;
    night.latency_s = 1;
    const auto ran = live_through(night);

    CHECK(ran.stop.cause == StopCause::quota);
    CHECK(ran.counts.at(State::succeeded) >= 9);
    CHECK(ran.counts.at(State::succeeded) <= 12);
}

TEST_CASE("--max-duration that is up while the last tasks end stops nothing") {
    Night night{
        .tasks = chats(3), .options = {}, .gateway = [](const Exchange&) { return good_chat(); }};
    night.options.max_duration_s = 1;
    night.latency_s = 3;
    const auto ran = live_through(night);

    CHECK(ran.stop.cause == StopCause::none);
    CHECK(ran.counts.at(State::succeeded) == 3);
}

TEST_CASE("a paid image whose link cannot be had is not paid for again") {
    Night night{.tasks = images(1), .options = {}, .gateway = [](const Exchange& each) {
                    if (each.method == "POST") {
                        return json_reply(200,
                                          R"({"data":[{"url":"http://127.0.0.1:1/o/1.png"}]})");
                    }
                    return no_reply(http::Trouble::reset, true);
                }};
    const auto ran = live_through(night);

    CHECK(ran.posts() == 1);
    CHECK(ran.counts.at(State::failed) == 1);
}

TEST_CASE("fault row 118: a task whose path its endpoint cannot have is not sent") {
    for (const auto* path : {"/v1/images/generations", "/v1/admin/tokens", "/v1/chat/completions/x",
                             "/v1beta/models/gpt-5.4:generateContent", ""}) {
        CAPTURE(path);
        auto tasks = chats(2);
        tasks[0].path = path;
        tasks[1].path = "/v1/chat/completions?beta=true";
        const Night night{
            .tasks = tasks, .options = {}, .gateway = [](const Exchange&) { return good_chat(); }};
        const auto ran = live_through(night);
        CHECK(kind_of(ran, "t0") == "invalid_request");
        CHECK(json::parse(ran.ledger.at("t0"))["attempts"] == 0);
        CHECK(json::parse(ran.ledger.at("t1"))["state"] == "succeeded");
        CHECK(ran.posts() == 1);
    }
}

TEST_CASE("what a lane holds before its first attempt fits into two kilobytes") {
    CHECK(Engine::lane_bytes() + sizeof(Allowance) <= 2048);
    // ... and what grows with attempts is not there yet.
    CHECK(Flow().allocated_bytes() == 0);
    CHECK(PollPlan(15).allocated_bytes() == 0);
}
