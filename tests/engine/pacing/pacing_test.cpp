// The limits of lanes at work: the engine on a virtual clock. How close to the ideal it comes is
// measured by tests/pacing.

#include "base/bounds.hpp"
#include "replies/reply_log.hpp"
#include "storage/sqlite/store.hpp"
#include "tests/fakes/virtual_world.hpp"
#include "tests/oracle/oracle.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <deque>

using namespace nightshift;
using namespace nightshift::test;

namespace {

std::vector<Job1> chats(int count, const std::string& model = "gpt-5.4") {
    std::vector<Job1> tasks;
    for (int i = 0; i < count; ++i) {
        Job1 task;
        task.id = model + std::to_string(i);
        task.model = model;
        task.body = R"({"model":")" + model + R"(","n":)" + std::to_string(i) + "}";
        tasks.push_back(std::move(task));
    }
    return tasks;
}

std::vector<double> starts_of(const Ran& ran, const std::string& model = "") {
    std::vector<double> starts;
    for (const auto& each : ran.seen) {
        if (each.method == "POST" && each.body.find(model) != std::string::npos) {
            starts.push_back(each.at_s);
        }
    }
    return starts;
}

// So many in any minute; the others are refused without a word.
struct MinuteLimit {
    int most = 60;
    std::deque<double> in = {};
    int refused = 0;
    http::Reply operator()(const Exchange& each) {
        while (!in.empty() && in.front() <= each.at_s - 60) in.pop_front();
        if (static_cast<int>(in.size()) >= most) {
            ++refused;
            return json_reply(429, "");
        }
        in.push_back(each.at_s);
        return good_chat();
    }
};

}  // namespace

TEST_CASE("a lane whose requests take minutes does not hold up one whose take seconds") {
    auto tasks = chats(300, "slow");
    const auto quick = chats(300, "quick");
    tasks.insert(tasks.end(), quick.begin(), quick.end());
    Night night{
        .tasks = tasks, .options = {}, .gateway = [](const Exchange&) { return good_chat(); }};
    night.options.concurrency = 16;
    night.latency_of = [](const Exchange& each) {
        return each.body.find("slow") != std::string::npos ? 120.0 : 1.0;
    };
    const auto ran = live_through(night);

    REQUIRE(ran.counts.at(State::succeeded) == 600);
    // Half of the places do three hundred seconds of work in about forty.
    CHECK(starts_of(ran, "quick").back() < 60);
}

TEST_CASE("one refusal after the other quiets all lanes under one limit") {
    auto tasks = chats(40, "one");
    const auto others = chats(40, "two");
    tasks.insert(tasks.end(), others.begin(), others.end());
    LimitRule rule;
    rule.match = "*";
    Night night{.tasks = tasks, .options = {}, .gateway = [](const Exchange& each) {
                    return each.at_s < 20 ? json_reply(429, "") : good_chat();
                }};
    night.options.limits = {rule};
    const auto ran = live_through(night);

    CHECK(ran.counts.at(State::succeeded) == 80);
    const auto starts = starts_of(ran);
    const auto early = std::count_if(starts.begin(), starts.end(), [](double s) { return s < 20; });
    CHECK(early < 40);  // the first handful, then single probes
}

TEST_CASE("what was learned about the limits is known to the next run") {
    const ScratchFolder folder;
    MinuteLimit first;
    Night night{.tasks = chats(400), .options = {}, .gateway = std::ref(first)};
    night.stopped_at_s = 200;
    live_through(night, folder);
    REQUIRE(first.refused > 5);

    MinuteLimit second;
    night.gateway = std::ref(second);
    night.stopped_at_s = 0;
    night.later_s = 3600;
    const auto ran = live_through(night, folder);

    CHECK(ran.counts.at(State::succeeded) == 400);
    CHECK(second.refused <= 5);  // no wall has to be found again
}

TEST_CASE("an hour in which everything fails costs no task, and few requests") {
    Night night{.tasks = chats(200), .options = {}, .gateway = [](const Exchange& each) {
                    const bool out = each.at_s > 5 && each.at_s < 3600;
                    return out ? json_reply(503, R"({"error":{"message":"overloaded"}})")
                               : good_chat();
                }};
    night.latency_s = 2;
    night.options.concurrency = 8;
    const auto ran = live_through(night);

    CHECK(ran.counts.at(State::succeeded) == 200);
    const auto starts = starts_of(ran);
    const auto in_vain =
        std::count_if(starts.begin(), starts.end(), [](double s) { return s > 5 && s < 3600; });
    CHECK(in_vain < 150);
    CHECK(ran.seconds < 3600 + 200);
}

TEST_CASE("retries stay under a tenth of the first tries while those are many") {
    std::map<std::string, int> asked;
    Night night{.tasks = chats(4000), .options = {}, .gateway = [&](const Exchange& each) {
                    const bool fails = asked[each.body]++ == 0 && each.body.end()[-2] % 2 == 0;
                    return fails ? json_reply(500, R"({"error":{"message":"no"}})") : good_chat();
                }};
    night.latency_s = 1;
    const auto ran = live_through(night);

    CHECK(ran.counts.at(State::succeeded) == 4000);
    std::map<std::string, int> seen;
    std::vector<std::pair<double, bool>> tries;  // when, and whether it was a retry
    for (const auto& each : ran.seen) tries.emplace_back(each.at_s, seen[each.body]++ > 0);
    int windows = 0;
    for (std::size_t end = 0; end < tries.size(); end += 50) {
        int firsts = 0, retries = 0;
        for (std::size_t i = end + 1; i-- > 0 && tries[i].first > tries[end].first - 120;) {
            ++(tries[i].second ? retries : firsts);
        }
        if (firsts < 1000) continue;
        ++windows;
        CHECK(retries <= 0.1 * firsts + 1);
    }
    CHECK(windows > 10);
}

TEST_CASE("tries that are refused for the rate do not make room for more retries") {
    std::map<std::string, int> asked;
    Random random(3);
    Night night{.tasks = chats(4000), .options = {}, .gateway = [&](const Exchange& each) {
                    const bool refused = asked[each.body] == 0 && random.unit() < 0.25;
                    if (refused) return json_reply(429, "");
                    const bool fails = asked[each.body]++ == 0 && each.body.end()[-2] % 4 == 0;
                    return fails ? json_reply(500, R"({"error":{"message":"no"}})") : good_chat();
                }};
    night.latency_s = 1;
    const ScratchFolder folder;
    const auto ran = live_through(night, folder);

    CHECK(ran.counts.at(State::succeeded) == 4000);
    SqliteStore store(RunFolders{folder.path()}.queue(), SqliteDb::Mode::read_only);
    std::vector<TaskView> tasks;
    for (const auto& task : night.tasks) tasks.push_back(store.find(task.id).value());
    CHECK(retry_violations(tasks) == std::vector<std::string>{});
}

TEST_CASE("a lane whose tasks all fail for one reason is paused, the others go on") {
    auto tasks = chats(200, "bad");
    const auto good = chats(100, "good");
    tasks.insert(tasks.end(), good.begin(), good.end());
    Night night{.tasks = tasks, .options = {}, .gateway = [](const Exchange& each) {
                    if (each.body.find("good") != std::string::npos) return good_chat();
                    return json_reply(400, R"({"error":{"message":"no such parameter: n","type":)"
                                           R"("invalid_request_error","code":"bad_param"}})");
                }};
    night.options.concurrency = 4;
    const auto ran = live_through(night);

    CHECK(ran.counts.at(State::succeeded) == 100);
    CHECK(ran.counts.at(State::failed) >= limits::failures_alike);
    CHECK(ran.counts.at(State::failed) < limits::failures_alike + 4);
    CHECK(ran.counts.at(State::pending) > 150);
    CHECK(std::any_of(ran.notices.begin(), ran.notices.end(), [](const std::string& notice) {
        return notice.find("bad is paused") != std::string::npos &&
               notice.find("no such parameter") != std::string::npos;
    }));
    CHECK(ran.stop.cause == StopCause::none);
}

TEST_CASE("a configured limit is kept from the first request on") {
    LimitRule rule;
    rule.match = "*";
    rule.requests_per_minute = 60;
    MinuteLimit gateway;
    Night night{.tasks = chats(200), .options = {}, .gateway = std::ref(gateway)};
    night.options.limits = {rule};
    const auto ran = live_through(night);

    CHECK(ran.counts.at(State::succeeded) == 200);
    CHECK(gateway.refused == 0);
    CHECK(ran.seconds < 1.03 * 200);
}
