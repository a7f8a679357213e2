// What one run found out about a gateway and the next one begins with: nights that share a queue.

#include "base/bounds.hpp"
#include "engine/pacing/learned_limits.hpp"
#include "replies/reply_log.hpp"
#include "storage/sqlite/store.hpp"
#include "tests/fakes/virtual_world.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

using namespace nightshift;
using namespace nightshift::test;

namespace {

// Takes so many videos at once, of a minute each, and refuses others without a word.
class FewPlaces {
public:
    explicit FewPlaces(std::size_t places) : places_(places) {}
    http::Reply operator()(const Exchange& each) {
        if (each.path.find("/content") != std::string::npos) return json_reply(404, "");
        if (each.method != "POST") {
            const bool done = done_at_[each.path] <= each.at_s;
            return json_reply(200, done ? R"({"status":"failed"})" : R"({"status":"queued"})");
        }
        const auto busy = std::count_if(done_at_.begin(), done_at_.end(), [&](const auto& video) {
            return video.second > each.at_s;
        });
        if (static_cast<std::size_t>(busy) >= places_) {
            refused_at_s.push_back(each.at_s);
            return json_reply(429, "");
        }
        const auto id = "task_" + std::to_string(done_at_.size());
        done_at_["/v1/videos/" + id] = each.at_s + 60;
        return json_reply(200, R"({"id":")" + id + "\"}");
    }
    // The clock of a night begins at 0.
    void night_is_over(double at_s) {
        for (auto& [path, done_s] : done_at_) done_s -= at_s;
        refused_at_s.clear();
    }
    std::vector<double> refused_at_s;

private:
    std::size_t places_;
    std::map<std::string, double> done_at_;
};

// So many at work; all others wait in the order in which they came.
ScriptedTransport::Latency workers(std::size_t count) {
    return [free_at_s = std::multiset<double>(), count](const Exchange& each) mutable {
        while (free_at_s.size() < count) free_at_s.insert(0);
        const double start_s = std::max(each.at_s, *free_at_s.begin());
        free_at_s.erase(free_at_s.begin());
        free_at_s.insert(start_s + 1);
        return start_s + 1 - each.at_s;
    };
}

LearnedLimits kept(const ScratchFolder& folder, const std::string& lane) {
    SqliteStore store(RunFolders{folder.path()}.queue(), SqliteDb::Mode::read_only);
    return learned_limits_of(store.meta("learned.limits." + lane));
}

}  // namespace

TEST_CASE(
    "the places for videos that one run found are those of the next, until one more is taken") {
    const ScratchFolder folder;
    FewPlaces gateway(4);
    Night night;
    for (int i = 0; i < 40; ++i) {
        night.tasks.push_back({.id = "v" + std::to_string(i),
                               .endpoint = "videos",
                               .model = "happyhorse-1.0-t2v",
                               .path = "/v1/videos",
                               .body = R"({"n":)" + std::to_string(i) + "}"});
    }
    night.gateway = std::ref(gateway);
    night.stopped_at_s = 150;
    live_through(night, folder);
    REQUIRE(gateway.refused_at_s.size() >= 2);
    CHECK(kept(folder, "videos/happyhorse-1.0-t2v").remote_tasks == 4);

    gateway.night_is_over(150);
    night.later_s = 150;
    night.stopped_at_s = 130;
    live_through(night, folder);

    REQUIRE(gateway.refused_at_s.size() >= 1);  // one more is tried, but not at once
    CHECK(gateway.refused_at_s.front() >= 60);
    CHECK(gateway.refused_at_s.size() <= 2);
    CHECK(kept(folder, "videos/happyhorse-1.0-t2v").remote_tasks == 4);
}

TEST_CASE("the number in flight beyond which answers only waited is known to the next run") {
    const ScratchFolder folder;
    Night night;
    for (int i = 0; i < 4000; ++i) {
        night.tasks.push_back({.id = "t" + std::to_string(i),
                               .body = R"({"model":"gpt-5.4","n":)" + std::to_string(i) + "}"});
    }
    night.gateway = [](const Exchange&) { return good_chat(); };
    night.latency_of = workers(8);
    night.options.concurrency = 64;
    night.stopped_at_s = 200;
    const auto before = live_through(night, folder);
    CHECK(before.in_flight_max == 64);
    const int found = kept(folder, "chat_completions/gpt-5.4").unslowed;
    REQUIRE(found >= 8);
    REQUIRE(found <= 16);

    night.later_s = 3600;
    night.latency_of = workers(8);
    night.stopped_at_s = 15;
    const auto ran = live_through(night, folder);

    CHECK(ran.in_flight_max <= found);
    CHECK(kept(folder, "chat_completions/gpt-5.4").unslowed == found);
}
