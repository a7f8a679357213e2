// Paid images whose link does not give them: nobody else can be asked for a fresh one.

#include "tests/fakes/large_png.hpp"
#include "tests/faults/video_night.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>

using namespace nightshift;
using namespace nightshift::test;
using nlohmann::json;

namespace {

// One image, accepted at once, as a link.
struct ImageNight {
    std::function<http::Reply(const Exchange& fetch)> store;
    std::function<http::Reply()> models = [] { return json_reply(200, R"({"data":[]})"); };
    double max_duration_s = 0, stopped_at_s = 0;
    int models_asked = 0;
    std::vector<Exchange> fetches = {};
    const ScratchFolder folder = {};

    Ran run() {
        Job1 task;
        task.id = "i";
        task.endpoint = "image_generations";
        task.model = "gpt-image-2";
        task.path = "/v1/images/generations";
        task.body = R"({"model":"gpt-image-2","prompt":"a cat"})";
        Night night;
        night.tasks = {task};
        night.options.max_duration_s = max_duration_s;
        night.stopped_at_s = stopped_at_s;
        night.gateway = [this](const Exchange& asked) {
            if (asked.method == "POST") {
                return json_reply(200, R"({"data":[{"url":"https://cdn.example.net/a.png"}]})");
            }
            if (asked.path == "/v1/models") {
                ++models_asked;
                return models();
            }
            fetches.push_back(asked);
            return store(asked);
        };
        return live_through(night, folder);
    }
};

http::Reply image() {
    return stored(large_png(1000));
}

http::Reply unreached() {
    return no_reply(http::Trouble::connect, false);
}

}  // namespace

TEST_CASE("fault row 60: an image whose link comes early is asked for again, and not paid again") {
    for (const int status : {403, 404}) {
        ImageNight night;
        night.store = [&](const Exchange& fetch) {
            return fetch.at_s < 200 ? refused(status) : image();
        };
        const auto ran = night.run();

        CHECK(ran.counts.at(State::succeeded) == 1);
        CHECK(ran.posts() == 1);
        CHECK(night.fetches.size() <= 20);
        const bool told = std::any_of(ran.shown.begin(), ran.shown.end(), [](const auto& text) {
            return text.find("1 paid result waits for a link") != std::string::npos;
        });
        CHECK(told);
    }
    ImageNight never;
    never.store = [](const Exchange&) { return refused(404); };
    const auto ran = never.run();
    CHECK(line_of(ran, "i")["error"]["kind"] == "result_expired");
    CHECK(never.fetches.back().at_s >= 240);
    CHECK(never.fetches.back().at_s <= 400);
    CHECK(ran.posts() == 1);
}

TEST_CASE("an image whose host is not reached is given up after ten minutes, with its link kept") {
    ImageNight night;
    night.store = [](const Exchange&) { return unreached(); };
    const auto ran = night.run();

    const auto line = line_of(ran, "i");
    CHECK(line["error"]["kind"] == "result_expired");
    CHECK(line["error"]["code"] == "unreached");
    CHECK(night.fetches.back().at_s >= 600);
    CHECK(night.fetches.back().at_s <= 720);
    CHECK(night.fetches.size() <= 40);
    CHECK(ran.posts() == 1);
}

TEST_CASE("fault row 51: while the gateway is not reached either, no try of a link counts") {
    ImageNight night;
    double now_s = 0;
    night.store = [&](const Exchange& fetch) {
        now_s = fetch.at_s;
        return now_s < 7200 ? unreached() : image();
    };
    night.models = [&] { return now_s < 7200 ? unreached() : json_reply(200, R"({"data":[]})"); };
    const auto ran = night.run();

    CHECK(ran.counts.at(State::succeeded) == 1);
    CHECK(ran.posts() == 1);
    CHECK(night.models_asked > 10);
    CHECK(night.fetches.size() < 400);
}

TEST_CASE(
    "the longest duration and a stop end a wait for a link, and the next run goes on with it") {
    for (const bool by_time : {true, false}) {
        ImageNight night;
        night.store = [](const Exchange&) { return unreached(); };
        night.max_duration_s = by_time ? 100 : 0;
        night.stopped_at_s = by_time ? 0 : 100;
        const auto stopped = night.run();
        CHECK(stopped.ledger.empty());
        CHECK(night.fetches.back().at_s <= 101);
        CHECK(stopped.stop.cause == (by_time ? StopCause::quota : StopCause::interrupted));

        night.max_duration_s = night.stopped_at_s = 0;
        night.store = [](const Exchange&) { return image(); };
        const auto ran = night.run();
        CHECK(ran.counts.at(State::succeeded) == 1);
        CHECK(ran.posts() == 0);
    }
}
