// Videos on a virtual clock: from their submit over their polls to their file.

#include "tests/fakes/nights.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>

using namespace nightshift;
using namespace nightshift::test;
using namespace nightshift::test::nights;
using nlohmann::json;

TEST_CASE("a video is polled through words of any kind and through poll errors, and paid once") {
    int asked = 0;
    const std::vector<std::string> words = {"NOT_START", "unknown", "a_future_word", "in_progress"};
    Night night{.tasks = videos(1), .options = {}, .gateway = [&](const Exchange& each) {
                    if (each.method == "POST") return accepted("task_1");
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
                        return accepted("task_" + std::to_string(number++));
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
                    return given++ < 3 ? no_reply(http::Trouble::tls, false) : accepted("task_1");
                }};
    const auto ran = live_through(night);

    CHECK(ran.counts.at(State::succeeded) == 1);
    CHECK(json::parse(ran.ledger.at("t0"))["attempts"] == 1);
    CHECK(json::parse(ran.ledger.at("t0"))["maybe_billed"] == 0);
}

TEST_CASE("a lost task is believed after three sightings over four poll intervals") {
    Night night{.tasks = videos(1), .options = {}, .gateway = [](const Exchange& each) {
                    if (each.method == "POST") return accepted("task_1");
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
                    return each.method == "POST" ? accepted("task_1") : polled("in_progress");
                }};
    night.options.deadline_s = 3600;
    const auto ran = live_through(night);

    CHECK(kind_of(ran, "t0") == "task_deadline");
    CHECK(ran.seconds > 3590);
    CHECK(ran.seconds < 3700);
}

TEST_CASE("a video that came in one piece, less than is written at once, is whole") {
    auto film = clip();
    film.body.resize(24);  // without its last box
    film.body += std::string("\0\0\x50\0mdat", 8) + std::string(0x5000 - 8, 'x');
    film.headers = {{"content-type", "video/mp4"},
                    {"content-length", std::to_string(film.body.size())}};
    Night night{.tasks = videos(1), .options = {}, .gateway = [&](const Exchange& each) {
                    if (each.method == "POST") return accepted("task_1");
                    return is_content(each) ? film : polled("completed");
                }};
    const auto ran = live_through(night);

    CHECK(ran.counts.at(State::succeeded) == 1);
    CHECK(json::parse(ran.ledger.at("t0"))["outputs"][0]["bytes"] == film.body.size());
}
