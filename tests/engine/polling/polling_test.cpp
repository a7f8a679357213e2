// Nights of videos: what their polls cost, how late they are, and what polls do when they fail.

#include "replies/reply_log.hpp"
#include "storage/sqlite/store.hpp"
#include "tests/fakes/nights.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <map>

using namespace nightshift;
using namespace nightshift::test;

namespace {

// A gateway whose videos take three to ten minutes, and its account of the polls.
class Studio {
public:
    http::Reply operator()(const Exchange& each) {
        if (each.path.find("/content") != std::string::npos) return nights::clip();
        if (each.path.find("/chat/") != std::string::npos) return good_chat();
        if (each.method == "POST") {
            const auto id = "task_" + std::to_string(videos_.size());
            videos_["/v1/videos/" + id] = each.at_s + random_.between(180, 600);
            return json_reply(200, R"({"id":")" + id + "\"}");
        }
        ++polls;
        const auto found = videos_.find(each.path);
        if (found == videos_.end()) return json_reply(404, "");
        if (each.at_s < found->second) {
            return json_reply(200, R"({"status":"in_progress"})");
        }
        if (seen_done_.insert(each.path).second) {
            lateness_s += each.at_s - found->second;
            latest_s = std::max(latest_s, each.at_s - found->second);
        }
        return json_reply(200, R"({"status":"completed"})");
    }

    int polls = 0;
    double lateness_s = 0, latest_s = 0;

private:
    Random random_{5};
    std::map<std::string, double> videos_;  // path to when it is done
    std::set<std::string> seen_done_;
};

Night night_of(int videos, int remote_tasks, Studio& studio) {
    Night night;
    for (int i = 0; i < videos; ++i) {
        night.tasks.push_back({.id = "v" + std::to_string(i),
                               .endpoint = "videos",
                               .model = "happyhorse-1.0-t2v",
                               .path = "/v1/videos",
                               .body = "{}"});
    }
    night.options.limits = {{.match = "",
                             .endpoint = "videos",
                             .requests_per_minute = {},
                             .tokens_per_minute = {},
                             .concurrency = {},
                             .remote_tasks = remote_tasks,
                             .burst = {}}};
    night.gateway = [&studio](const Exchange& each) { return studio(each); };
    return night;
}

// When the polls of each video were sent.
std::map<std::string, std::vector<double>> polls_of(const Ran& ran) {
    std::map<std::string, std::vector<double>> polls;
    for (const auto& each : ran.seen) {
        const bool content = each.path.find("/content") != std::string::npos;
        if (each.method == "GET" && !content) polls[each.path].push_back(each.at_s);
    }
    return polls;
}

}  // namespace

TEST_CASE("five hundred videos at once cost few polls, and none is noticed late") {
    Studio studio;
    const auto ran = live_through(night_of(500, 500, studio));

    CHECK(ran.counts.at(State::succeeded) == 500);
    CHECK(studio.polls / 500.0 <= 8.6);
    CHECK(studio.lateness_s / 500 <= 25);
    CHECK(studio.latest_s <= 62);
    for (const auto& [path, sent] : polls_of(ran)) {
        for (std::size_t i = 1; i < sent.size(); ++i) CHECK(sent[i] - sent[i - 1] >= 15);
    }
}

TEST_CASE("videos that others wait for are noticed sooner") {
    Studio studio;
    const auto ran = live_through(night_of(300, 20, studio));

    CHECK(ran.counts.at(State::succeeded) == 300);
    CHECK(studio.lateness_s / 300 <= 15);
    CHECK(studio.polls / 300.0 <= 10);
}

TEST_CASE("what polls taught is kept for the next run") {
    const ScratchFolder folder;
    Studio studio;
    live_through(night_of(100, 20, studio), folder);
    {
        SqliteStore store(RunFolders{folder.path()}.queue(), SqliteDb::Mode::read_only);
        CHECK(store.meta("learned.polls.videos.happyhorse-1.0-t2v").size() > 50);
    }
    auto next = night_of(20, 20, studio);
    studio.polls = 0;
    for (auto& task : next.tasks) task.id += "-next";
    const auto ran = live_through(next, folder);

    // Nobody looks for the first time long before the quickest video can be done.
    CHECK(polls_of(ran).size() == 20);
    for (const auto& [path, sent] : polls_of(ran)) CHECK(sent.front() > 90);
    CHECK(studio.polls <= 20 * 10);
}

TEST_CASE("fault row 91: videos that a run takes up are not asked for all at once") {
    const ScratchFolder folder;
    Studio studio;
    auto night = night_of(200, 200, studio);
    night.stopped_at_s = 30;
    CHECK(live_through(night, folder).counts.at(State::submitted) == 200);
    night.stopped_at_s = 0;
    const auto ran = live_through(night, folder);

    std::vector<double> first;
    for (const auto& [path, sent] : polls_of(ran)) first.push_back(sent.front());
    std::sort(first.begin(), first.end());
    CHECK(first.size() == 200);
    CHECK(first.front() < 1);
    CHECK(first[100] > 4);
    CHECK(first.back() > 13);
    CHECK(first.back() < 16);
    CHECK(ran.posts() == 0);
}

TEST_CASE("fault row 91: after a sleep of the machine overdue polls are spread over an interval") {
    Studio studio;
    auto night = night_of(200, 200, studio);
    night.suspend = {.at_s = 100, .lasts_s = 8 * 3600};
    const auto ran = live_through(night);

    const double woken_s = 100 + 8 * 3600;
    int at_once = 0, within = 0;
    for (const auto& each : ran.seen) {
        if (each.method != "GET" || each.path.find("/content") != std::string::npos) continue;
        if (each.at_s >= woken_s && each.at_s < woken_s + 1) ++at_once;
        if (each.at_s >= woken_s && each.at_s < woken_s + 17) ++within;
    }
    CHECK(ran.counts.at(State::succeeded) == 200);
    CHECK(at_once < 40);
    CHECK(within == 200);
}

TEST_CASE("while a lane's polls fail one goes ahead at a time, and all are found in the end") {
    Studio studio;
    auto night = night_of(100, 100, studio);
    int refused = 0;
    night.gateway = [&](const Exchange& each) {
        if (each.method == "GET" && each.at_s > 100 && each.at_s < 2000) {
            ++refused;
            return refused % 2 == 0 ? json_reply(429, "") : json_reply(502, "<html></html>");
        }
        return studio(each);
    };
    const auto ran = live_through(night);

    // Those on their way when it opened, then a probe each two minutes.
    CHECK(refused < 40);
    CHECK(refused > 10);
    CHECK(ran.counts.at(State::succeeded) == 100);
    double last = 0;
    int at_once = 0;
    for (const auto& each : ran.seen) {
        if (each.method != "GET" || each.at_s < 2000) continue;
        at_once = each.at_s - last < 0.01 ? at_once + 1 : 1;
        last = each.at_s;
        CHECK(at_once < 10);
    }
}

TEST_CASE("tasks that the gateway does not know pause nobody's polls") {
    Studio studio;
    auto night = night_of(40, 40, studio);
    night.gateway = [&](const Exchange& each) {
        if (each.method == "POST") return studio(each);
        return json_reply(400, R"({"code":"task_not_exist","message":"","data":null})");
    };
    const auto ran = live_through(night);

    // The first look within a minute; two more, 30 and 60 s apart.
    CHECK(ran.counts.at(State::failed) == 40);
    CHECK(ran.seconds < 180);
}

TEST_CASE("of finished videos the one whose link expires first is fetched first") {
    Studio studio;
    auto night = night_of(6, 6, studio);
    night.options.concurrency = 2;
    night.gateway = [&](const Exchange& each) {
        if (each.method == "POST") return studio(each);
        if (each.path.find("/files/") != std::string::npos) return nights::clip();
        const int number = each.path.back() - '0';
        return json_reply(200, R"({"status":"completed","metadata":{"url":)"
                               R"("http://127.0.0.1:1/files/)" +
                                   std::to_string(number) + ".mp4?Expires=" +
                                   std::to_string(1'900'000'000 - number) + "\"}}");
    };
    night.latency_of = [](const Exchange& each) {
        return each.path.find("/files/") != std::string::npos ? 100.0 : 0.1;
    };
    const auto ran = live_through(night);

    std::vector<std::string> files;
    for (const auto& each : ran.seen) {
        if (each.path.find("/files/") != std::string::npos) files.push_back(each.path);
    }
    CHECK(ran.counts.at(State::succeeded) == 6);
    REQUIRE(files.size() == 6);
    // The first one found nobody waiting; the others are in order.
    CHECK(std::is_sorted(files.begin() + 1, files.end(), std::greater<>()));
}

TEST_CASE("long POSTs do not hold up polls and downloads") {
    Studio studio;
    auto night = night_of(8, 8, studio);
    for (int i = 0; i < 200; ++i) night.tasks.push_back({.id = "chat" + std::to_string(i)});
    night.options.concurrency = 8;
    night.latency_of = [](const Exchange& each) {
        return each.path.find("/chat/") != std::string::npos ? 300.0 : 0.1;
    };
    const auto ran = live_through(night);

    CHECK(ran.counts.at(State::succeeded) == 208);
    CHECK(studio.latest_s < 62);
}

TEST_CASE("a gateway that takes fewer videos than the default is kept full, and hardly refuses") {
    Studio studio;
    auto night = night_of(60, 20, studio);
    night.options.limits.clear();
    std::vector<double> ends;  // of what was accepted
    int refused = 0;
    Random random(3);
    night.gateway = [&](const Exchange& each) {
        if (each.path.find("/content") != std::string::npos) return nights::clip();
        const auto id = static_cast<std::size_t>(std::atoi(each.path.c_str() + 16));
        if (each.method != "POST") {
            const bool done = each.at_s >= ends.at(id);
            return json_reply(200, done ? R"({"status":"completed"})" : R"({"status":"queued"})");
        }
        const auto running = std::count_if(ends.begin(), ends.end(),
                                           [&](double end_s) { return end_s > each.at_s; });
        if (running >= 6) {
            ++refused;
            return json_reply(429, R"({"code":"fail_to_fetch_task","message":"busy","data":null})");
        }
        ends.push_back(each.at_s + random.between(180, 300));
        return json_reply(200, R"({"id":"task_)" + std::to_string(ends.size() - 1) + "\"}");
    };
    const auto ran = live_through(night);

    CHECK(ran.counts.at(State::succeeded) == 60);
    CHECK(refused < 40);  // the first sixteen go out together; then ever fewer tries of one more
    CHECK(ran.seconds < 1.2 * 10 * 240);
}

TEST_CASE("a poll that is refused with Retry-After quiets the polls of its lane for so long") {
    Studio studio;
    auto night = night_of(50, 50, studio);
    int early = 0;
    double refused_at_s = 0;
    night.gateway = [&](const Exchange& each) {
        const bool poll = each.method == "GET" && each.path.find("/content") == std::string::npos;
        if (poll && refused_at_s == 0 && each.at_s > 100) {
            refused_at_s = each.at_s;
            auto reply = json_reply(429, "");
            reply.headers.emplace_back("retry-after", "400");
            return reply;
        }
        // What was on its way, or had been told its time before, is not counted.
        if (poll && refused_at_s > 0 && each.at_s < refused_at_s + 399) ++early;
        return studio(each);
    };
    const auto ran = live_through(night);

    CHECK(ran.counts.at(State::succeeded) == 50);
    REQUIRE(refused_at_s > 0);
    CHECK(early <= 2);
}
