#include "progress/throughput.hpp"

#include "progress/repeat_filter.hpp"
#include "progress/snapshot.hpp"

#include <doctest/doctest.h>

using namespace nightshift;
using namespace nightshift::screen;

namespace {

// Two tasks a second, each as long as `latency_s` says, up to the given second.
template <class Latency>
Tempo steady(int until_s, Latency latency_s) {
    Tempo tempo;
    tempo.began(0);
    for (int second = 0; second < until_s; ++second) {
        for (int i = 0; i < 2; ++i) tempo.ended(second, latency_s(2 * second + i));
    }
    return tempo;
}

}  // namespace

TEST_CASE("nothing is foretold before five tasks have ended") {
    Tempo tempo;
    tempo.began(0);
    for (int i = 0; i < 4; ++i) tempo.ended(1, 1);
    CHECK(!tempo.left(100, 2));
    CHECK(!tempo.latencies());
    tempo.ended(1, 1);
    CHECK(tempo.left(100, 2));
    CHECK(tempo.latencies()->p50_s == 1);
}

TEST_CASE("what is left takes as long as its number at the rate that was seen") {
    const auto tempo = steady(300, [](int) { return 3.0; });
    CHECK(tempo.per_s(300) == doctest::Approx(2).epsilon(0.02));
    const auto left = tempo.left(1200, 300);
    REQUIRE(left);
    CHECK(left->low_s == doctest::Approx(600).epsilon(0.02));
    CHECK(left->low_s == left->high_s);
    CHECK(tempo.left(0, 300)->high_s == 0);
}

TEST_CASE("where some tasks take far longer than others, what is left is a range") {
    const auto tempo = steady(300, [](int i) { return i % 5 == 0 ? 30.0 : 2.0; });
    const auto few = tempo.left(10, 300), many = tempo.left(10'000, 300);
    REQUIRE(few);
    REQUIRE(many);
    CHECK(few->low_s < 5);
    CHECK(few->high_s > 5);
    CHECK(many->low_s < 5000);
    CHECK(many->high_s > 5000);
    CHECK(few->high_s / few->low_s > many->high_s / many->low_s);
}

TEST_CASE("a rate falls while nothing ends, and is not known after ten minutes") {
    const auto tempo = steady(60, [](int) { return 1.0; });
    CHECK(tempo.per_s(100) < 1.5);
    CHECK(tempo.per_s(500) < tempo.per_s(300));
    CHECK(!tempo.left(10, 661));
}

TEST_CASE("percentiles are those of the tasks that succeeded lately") {
    Tempo tempo;
    for (int i = 0; i < 1000; ++i) tempo.ended(i, 100);
    for (int i = 1; i <= 512; ++i) tempo.ended(1000, i);
    for (int i = 0; i < 1000; ++i) tempo.ended(1000, 0);
    CHECK(tempo.latencies()->p50_s == doctest::Approx(256).epsilon(0.01));
    CHECK(tempo.latencies()->p90_s == doctest::Approx(461).epsilon(0.01));
    CHECK(tempo.latencies()->p95_s == doctest::Approx(486).epsilon(0.01));
}

TEST_CASE("the whole run is left as long as its slowest group, or not known with it") {
    RunStatus status;
    for (const auto* endpoint : {"messages", "videos"}) {
        LaneStatus lane;
        lane.endpoint = endpoint;
        lane.total = 100;
        lane.running = 1;
        status.lanes.push_back(lane);
    }
    Watcher watcher;
    watcher.view(status, 0);
    auto end_five = [&](const char* endpoint) {
        TaskEvent event;
        event.endpoint = endpoint;
        event.latency_s = 1;
        event.tried = false;  // nothing was asked of the gateway
        for (int i = 0; i < 5; ++i) watcher.on_task(event);
        CHECK(!watcher.view(status, 10).left);
        event.tried = true;
        for (int i = 0; i < 5; ++i) watcher.on_task(event);
    };
    end_five("messages");
    CHECK(!watcher.view(status, 10).left);
    end_five("videos");
    const auto view = watcher.view(status, 20);
    REQUIRE(view.left);
    CHECK(view.left->high_s == view.groups[0].left->high_s);
    status.lanes[0].total = 0;
    CHECK(watcher.view(status, 20).left->high_s == view.groups[1].left->high_s);
}

TEST_CASE("times that are left read as a time, a range, or a dash") {
    CHECK(text_of(std::nullopt) == "-");
    CHECK(text_of(TimeLeft{6612, 6612}) == "1h50m");
    CHECK(text_of(TimeLeft{5400, 8400}) == "1h30m-2h20m");
    CHECK(text_of(TimeLeft{43, 44}) == "45s");
    CHECK(rate_text(22.44) == "22.4/s");
    CHECK(rate_text(0.5) == "30/min");
    CHECK(rate_text(0.01) == "36/h");
    CHECK(grouped(12480) == "12,480");
    CHECK(grouped(480) == "480");
    CHECK(size_text(401ull << 30) == "401 GiB");
    CHECK(size_text(1536ull << 10) == "1.5 MiB");
}

TEST_CASE("of what is alike three are shown, the others are counted and told once a minute") {
    Repeats repeats;
    CHECK(repeats.seen("a") == Repeats::Shown::yes);
    CHECK(repeats.seen("a") == Repeats::Shown::yes);
    CHECK(repeats.seen("a") == Repeats::Shown::last);
    for (int i = 0; i < 37; ++i) CHECK(repeats.seen("a") == Repeats::Shown::no);
    CHECK(repeats.seen("b") == Repeats::Shown::yes);
    CHECK(repeats.left_out(59).empty());
    CHECK(repeats.left_out(60) == std::vector<std::string>{"37 more like it: a"});
    CHECK(repeats.left_out(200).empty());
    CHECK(without_numbers("10 of 3") == without_numbers("1 of 33"));
}
