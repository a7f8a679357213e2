// The engine on a virtual clock: nights of work in milliseconds, no socket, no real time.

#include "engine/engine.hpp"

#include "tests/fakes/virtual_world.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>

using namespace nightshift;
using namespace nightshift::test;
using nlohmann::json;

namespace {

std::vector<Job1> chats(int count) {
    std::vector<Job1> tasks(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) tasks[static_cast<std::size_t>(i)].id = "t" + std::to_string(i);
    return tasks;
}

std::vector<Job1> of(const std::string& endpoint, const std::string& model, const std::string& path,
                     int count) {
    auto tasks = chats(count);
    for (auto& task : tasks) {
        task.endpoint = endpoint;
        task.model = model;
        task.path = path;
        task.body = R"({"model":")" + model + "\"}";
    }
    return tasks;
}

std::vector<Job1> videos(int count) {
    return of("videos", "happyhorse-1.0-t2v", "/v1/videos", count);
}

http::Reply accepted(int number) {
    const auto id = "task_" + std::to_string(number);
    return json_reply(200, R"({"id":")" + id + R"(","task_id":")" + id + R"(","status":"queued"})");
}

http::Reply polled(const std::string& status) {
    return json_reply(200, R"({"id":"task_1","status":")" + status + "\"}");
}

http::Reply clip() {
    auto reply = json_reply(200, std::string("\0\0\0\x18"
                                             "ftypisom\0\0\x02\0isomiso2"
                                             "\0\0\0\x08mdat",
                                             32));
    reply.headers = {{"content-type", "video/mp4"}, {"content-length", "32"}};
    return reply;
}

bool is_content(const Exchange& each) {
    return each.path.find("/content") != std::string::npos;
}

std::string kind_of(const Ran& ran, const std::string& id) {
    return json::parse(ran.ledger.at(id))["error"]["kind"];
}

}  // namespace

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
                             .remote_tasks = {}}};
    night.options.concurrency = 900;
    night.latency_s = 200;
    const auto ran = live_through(night);

    CHECK(ran.in_flight_max == 900);
    CHECK(ran.seconds < 202);
}

TEST_CASE("a lane's own concurrency holds it, and the other lanes go on") {
    auto tasks = chats(20);
    for (auto& task : of("chat_completions", "slow", "/v1/chat/completions", 20)) {
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
                             .remote_tasks = {}}};
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
                             .remote_tasks = {}}};
    const auto ran = live_through(night);

    CHECK(ran.seconds == doctest::Approx(149).epsilon(0.02));
    for (const auto& first : ran.seen) {
        const auto in_window = std::count_if(ran.seen.begin(), ran.seen.end(), [&](const auto& o) {
            return o.at_s >= first.at_s && o.at_s < first.at_s + 60 - 1e-6;
        });
        CHECK(in_window <= 60);
    }
}

TEST_CASE("a video is polled through words of any kind and through poll errors, and paid once") {
    int asked = 0;
    const std::vector<std::string> words = {"NOT_START", "unknown", "a_future_word", "in_progress"};
    Night night{.tasks = videos(1), .options = {}, .gateway = [&](const Exchange& each) {
                    if (each.method == "POST") return accepted(1);
                    if (is_content(each)) return clip();
                    const auto n = static_cast<std::size_t>(asked++);
                    if (n < words.size()) return polled(words[n]);
                    if (n == 4) return json_reply(502, "<html></html>");
                    if (n == 5) return no_reply(http::Trouble::reset, true);
                    if (n == 6) return json_reply(429, "");
                    return polled("completed");
                }};
    const auto ran = live_through(night);

    CHECK(ran.counts.at(State::succeeded) == 1);
    CHECK(ran.posts() == 1);
    CHECK(json::parse(ran.ledger.at("t0"))["remote_id"] == "task_1");
    // Polls come no faster than the interval, less its jitter.
    for (std::size_t i = 2; i < ran.seen.size() && !is_content(ran.seen[i]); ++i) {
        CHECK(ran.seen[i].at_s - ran.seen[i - 1].at_s > 11.9);
    }
}

TEST_CASE("no more videos are at the gateway than the lane allows") {
    int open = 0, most = 0, number = 0;
    std::map<std::string, int> polls;
    Night night{.tasks = videos(30), .options = {}, .gateway = [&](const Exchange& each) {
                    if (each.method == "POST") {
                        most = std::max(most, ++open);
                        return accepted(number++);
                    }
                    if (is_content(each)) {
                        --open;
                        return clip();
                    }
                    return polled(++polls[each.path] < 3 ? "in_progress" : "completed");
                }};
    const auto ran = live_through(night);

    CHECK(most == 20);
    CHECK(ran.counts.at(State::succeeded) == 30);
}

TEST_CASE("a video whose submit got no answer is held, never sent again by itself") {
    Night night{.tasks = videos(1), .options = {}, .gateway = [](const Exchange&) {
                    return no_reply(http::Trouble::timeout, true);
                }};
    const auto ran = live_through(night);

    CHECK(ran.counts.at(State::held) == 1);
    CHECK(ran.posts() == 1);
    CHECK(kind_of(ran, "t0") == "ambiguous_submit");
    CHECK(json::parse(ran.ledger.at("t0"))["maybe_billed"] == 1);
}

TEST_CASE("a video that never left is sent again freely") {
    int given = 0;
    Night night{.tasks = videos(1), .options = {}, .gateway = [&](const Exchange& each) {
                    if (is_content(each)) return clip();
                    if (each.method == "GET") return polled("completed");
                    return given++ < 3 ? no_reply(http::Trouble::tls, false) : accepted(1);
                }};
    const auto ran = live_through(night);

    CHECK(ran.counts.at(State::succeeded) == 1);
    CHECK(json::parse(ran.ledger.at("t0"))["attempts"] == 1);
    CHECK(json::parse(ran.ledger.at("t0"))["maybe_billed"] == 0);
}

TEST_CASE("of images of unknown outcome one in a hundred is sent again, rounded up") {
    Night night{.tasks = of("image_generations", "gpt-image-2", "/v1/images/generations", 101),
                .options = {},
                .gateway = [](const Exchange&) { return no_reply(http::Trouble::reset, true); }};
    const auto ran = live_through(night);

    CHECK(ran.posts() == 101 + 2);
    CHECK(ran.counts.at(State::held) == 101);
}

TEST_CASE("the budget of resends is kept over restarts") {
    const ScratchFolder folder;
    Night night{.tasks = of("image_generations", "gpt-image-2", "/v1/images/generations", 1),
                .options = {},
                .gateway = [](const Exchange&) { return no_reply(http::Trouble::reset, true); }};
    CHECK(live_through(night, folder).posts() == 2);
    night.tasks[0].id = "another";

    CHECK(live_through(night, folder).posts() <= 2);
}

TEST_CASE("a lost task is believed after three sightings over four poll intervals") {
    Night night{.tasks = videos(1), .options = {}, .gateway = [](const Exchange& each) {
                    if (each.method == "POST") return accepted(1);
                    return json_reply(400, R"({"code":"task_not_exist","message":"","data":null})");
                }};
    const auto ran = live_through(night);

    CHECK(kind_of(ran, "t0") == "task_lost");
    CHECK(ran.posts() == 1);
    CHECK(ran.seen.size() >= 4);
    CHECK(ran.seconds >= 60);
}

TEST_CASE("a video that is never done fails at its deadline, not before") {
    Night night{.tasks = videos(1), .options = {}, .gateway = [](const Exchange& each) {
                    return each.method == "POST" ? accepted(1) : polled("in_progress");
                }};
    night.options.deadline_s = 3600;
    const auto ran = live_through(night);

    CHECK(kind_of(ran, "t0") == "task_deadline");
    CHECK(ran.seconds > 3590);
    CHECK(ran.seconds < 3700);
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

TEST_CASE("fault row 31: without money no further POST leaves, and paid videos are fetched first") {
    int polls = 0, submits = 0;
    Night night{.tasks = videos(3), .options = {}, .gateway = [&](const Exchange& each) {
                    if (each.method == "POST") {
                        if (submits++ == 0) return accepted(1);
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
                    if (each.method == "POST") return accepted(given++);
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

TEST_CASE("a paid image whose link cannot be had is not paid for again") {
    Night night{.tasks = of("image_generations", "gpt-image-2", "/v1/images/generations", 1),
                .options = {},
                .gateway = [](const Exchange& each) {
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
