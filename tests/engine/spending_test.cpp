// --budget and the cost of tasks, on a virtual clock. One output token costs 1.

#include "base/random.hpp"
#include "replies/reply_log.hpp"
#include "storage/sqlite/store.hpp"
#include "tests/fakes/nights.hpp"
#include "tests/fakes/virtual_world.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <numeric>

using namespace nightshift;
using namespace nightshift::test;
using doctest::Approx;
using nlohmann::json;

namespace {

constexpr std::int64_t bound = 100;  // of each task: what it is estimated at

http::Reply answer(std::int64_t output_tokens, const std::string& text = "good",
                   const std::string& end = "stop") {
    return json_reply(200, R"({"choices":[{"message":{"role":"assistant","content":")" + text +
                               R"("},"finish_reason":")" + end +
                               R"("}],"usage":{"prompt_tokens":1,"completion_tokens":)" +
                               std::to_string(output_tokens) + "}}");
}

Night night_of(int count, std::optional<double> budget, ScriptedTransport::Gateway gateway) {
    Night night;
    for (int i = 0; i < count; ++i) {
        Job1 task{.id = "t" + std::to_string(i)};
        task.estimate.output_tokens_max = bound;
        night.tasks.push_back(std::move(task));
    }
    Price price;
    price.output_per_mtok = 1e6;
    night.options.prices = {{"*", price}};
    night.options.budget = budget;
    night.gateway = std::move(gateway);
    return night;
}

std::int64_t of(const Ran& ran, State state) {
    const auto found = ran.counts.find(state);
    return found == ran.counts.end() ? 0 : found->second;
}

json cost_of(const Ran& ran, const std::string& id) {
    return json::parse(ran.ledger.at(id))["cost"];
}

}  // namespace

TEST_CASE("the run stops before the request that would pass the budget, the rest stays pending") {
    auto night = night_of(10, 450, [](const Exchange&) { return answer(bound); });
    night.options.concurrency = 3;
    const auto ran = live_through(night);

    CHECK(ran.posts() == 4);
    CHECK(of(ran, State::succeeded) == 4);
    CHECK(of(ran, State::pending) == 6);
    CHECK(ran.stop.cause == StopCause::quota);
    CHECK(ran.stop.message.find("--budget 450: 400 is spent, and the next task") == 0);
    CHECK(*ran.status.cost == 400);
    CHECK(*ran.status.budget == 450);
}

TEST_CASE("what is in flight is waited for: it may turn out cheaper and make room") {
    auto night = night_of(20, 450, [](const Exchange&) { return answer(bound / 2); });
    night.options.concurrency = 20;
    const auto ran = live_through(night);

    CHECK(ran.in_flight_max == 4);
    CHECK(ran.posts() == 8);  // 400 spent: another might cost 100
    CHECK(*ran.status.cost == 400);
    CHECK(ran.status.estimated_cost == 800);
}

TEST_CASE("however many are in flight and whatever they cost, the budget is never passed") {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        Random random(seed);
        double paid = 0;
        auto night = night_of(100, random.between(100, 5000), [&](const Exchange&) {
            // Some at their most, some cheaper, some that nobody knows of.
            const auto tokens =
                random.unit() < 0.5 ? bound : static_cast<std::int64_t>(random.between(1, bound));
            const double chance = random.unit();
            if (chance < 0.1) return json_reply(500, R"({"error":{"code":"get_channel_failed"}})");
            paid += static_cast<double>(tokens);
            return chance < 0.2 ? no_reply(http::Trouble::reset, true) : answer(tokens);
        });
        night.seed = seed;
        const auto ran = live_through(night);
        CAPTURE(seed);
        CHECK(paid <= *night.options.budget);
        CHECK(*ran.status.cost + ran.status.maybe_cost <= Approx(*night.options.budget));
        const bool done = of(ran, State::pending) == 0;
        CHECK((done || ran.stop.cause == StopCause::quota));
    }
}

TEST_CASE("attempts of unknown outcome are counted at their estimate") {
    const auto night =
        night_of(1, 250, [](const Exchange&) { return no_reply(http::Trouble::reset, true); });
    const auto ran = live_through(night);

    CHECK(ran.posts() == 2);
    CHECK(ran.stop.cause == StopCause::quota);
    CHECK(of(ran, State::pending) == 1);
    CHECK(ran.status.maybe_cost == 200);
    CHECK(*ran.status.cost == 0);
}

TEST_CASE("a restart goes on counting; a higher budget goes on sending") {
    const ScratchFolder folder;
    auto night = night_of(10, 350, [](const Exchange&) { return answer(bound); });
    CHECK(live_through(night, folder).posts() == 3);
    const auto same = live_through(night, folder);
    CHECK(same.posts() == 0);
    CHECK(same.stop.cause == StopCause::quota);
    night.options.budget = 600;
    CHECK(live_through(night, folder).posts() == 3);
    night.options.budget.reset();
    const auto last = live_through(night, folder);
    CHECK(last.posts() == 4);
    CHECK(last.stop.cause == StopCause::none);
    CHECK(*last.status.cost == 1000);
}

TEST_CASE("a POST that a crash left without an outcome is counted when it is found") {
    const ScratchFolder folder;
    auto night = night_of(2, 0, [](const Exchange&) { return answer(bound); });
    live_through(night, folder);  // loads, and sends nothing
    {
        const RunFolders folders{folder.path()};
        SqliteStore store(folders.queue(), SqliteDb::Mode::read_write);
        const auto row = store.find("t0")->row;
        store.transact([&] { store.intend(row.row, row.tries + 1, 1); });
    }
    night.options.budget = 150;
    const auto ran = live_through(night, folder);
    CHECK(ran.posts() == 0);
    CHECK(ran.stop.cause == StopCause::quota);
    CHECK(ran.status.maybe_cost == bound);
    night.options.budget = 300;
    CHECK(live_through(night, folder).posts() == 2);
}

TEST_CASE("an answer that is no result costs what it says it used") {
    auto night = night_of(1, {}, [](const Exchange&) { return answer(70, "", "length"); });

    CHECK(cost_of(live_through(night), "t0") == 70);
}

TEST_CASE("tasks that are queued again add to what was spent") {
    const ScratchFolder folder;
    auto night = night_of(1, 150, [](const Exchange&) { return answer(bound, "", "length"); });
    const auto first = live_through(night, folder);
    CHECK(of(first, State::failed) == 1);
    CHECK(cost_of(first, "t0") == bound);
    {
        const RunFolders folders{folder.path()};
        SqliteStore store(folders.queue(), SqliteDb::Mode::read_write);
        Selection failed;
        failed.states = {State::failed};
        store.transact([&] { store.requeue(failed, 1, {}); });
    }
    const auto second = live_through(night, folder);
    CHECK(second.posts() == 0);
    CHECK(second.stop.cause == StopCause::quota);
    night.options.budget = 250;
    const auto third = live_through(night, folder);
    CHECK(third.posts() == 1);
    CHECK(cost_of(third, "t0") == 2 * bound);
}

TEST_CASE("at the end of the budget a video that the gateway has is polled and fetched") {
    int polls = 0;
    auto night = night_of(1, 50, [&](const Exchange& each) {
        if (each.method == "POST") {
            return json_reply(200, R"({"id":"task_1","task_id":"task_1","status":"queued"})");
        }
        if (each.path.find("/content") == std::string::npos) {
            const std::string status = ++polls < 3 ? "in_progress" : "completed";
            return json_reply(200, R"({"id":"task_1","status":")" + status + "\"}");
        }
        return nights::clip();
    });
    Job1 video{.id = "v",
               .endpoint = "videos",
               .model = "happyhorse-1.0-t2v",
               .path = "/v1/videos",
               .body = R"({"model":"happyhorse-1.0-t2v"})"};
    video.estimate.seconds = 5;
    night.tasks.insert(night.tasks.begin(), video);
    Price per_second;
    per_second.per_second = 2;
    night.options.prices.emplace_back("happyhorse-1.0-t2v", per_second);
    const auto ran = live_through(night);

    CHECK(ran.stop.cause == StopCause::quota);
    CHECK(ran.posts() == 1);
    CHECK(of(ran, State::succeeded) == 1);
    CHECK(of(ran, State::pending) == 1);
    CHECK(cost_of(ran, "v") == 10);  // the file does not say how long it is
}

TEST_CASE("a task costs what all its answered attempts cost") {
    int given = 0;
    auto night = night_of(1, {}, [&](const Exchange&) {
        ++given;
        if (given == 1) return answer(30, "");
        if (given == 2) return no_reply(http::Trouble::reset, true);
        if (given == 3) return json_reply(500, R"({"error":{"code":"get_channel_failed"}})");
        return answer(40);
    });
    const auto ran = live_through(night);

    CHECK(of(ran, State::succeeded) == 1);
    CHECK(cost_of(ran, "t0") == 30 + 40);
    CHECK(*ran.status.cost == 30 + 40);
    CHECK(ran.status.maybe_cost == bound);
    CHECK(ran.status.estimated_cost == 2 * bound);
}

TEST_CASE("tasks that fail unsent, their model being gone, keep what they cost before") {
    int given = 0;
    auto night = night_of(8, {}, [&](const Exchange&) {
        if (given++ < 8) return answer(30, "");
        return json_reply(403, R"({"error":{"code":"","type":"new_api_error",)"
                               R"("message":"This token has no access to model gpt-5.4"}})");
    });
    const auto ran = live_through(night);

    CHECK(ran.posts() == 8 + 3);
    for (const auto& [id, line] : ran.ledger) CHECK(cost_of(ran, id) == 30);
    CHECK(ran.ledger.size() == 8);
}

TEST_CASE("an answer that is not what was expected costs what it used") {
    auto night = night_of(1, {}, [](const Exchange&) { return answer(30, "no json"); });
    night.tasks[0].envelope = R"({"expect":{"json":true}})";
    const auto ran = live_through(night);

    CHECK(of(ran, State::failed) == 1);
    CHECK(ran.posts() == 2);
    CHECK(cost_of(ran, "t0") == 60);
}

TEST_CASE("what failed for nothing, and what nobody knows of, has no cost") {
    auto refused = night_of(1, {}, [](const Exchange&) {
        return json_reply(400, R"({"error":{"code":"","type":"invalid_request_error"}})");
    });
    CHECK(cost_of(live_through(refused), "t0").is_null());
    auto unknown =
        night_of(1, {}, [](const Exchange&) { return no_reply(http::Trouble::reset, true); });
    unknown.options.retry.attempts_max = 1;
    const auto ran = live_through(unknown);
    CHECK(cost_of(ran, "t0").is_null());
    CHECK(ran.status.maybe_cost == bound);
}
