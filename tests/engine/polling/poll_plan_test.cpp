// A lane of made-up videos, polled as its plan says: what the polls cost, and how late they are.

#include "engine/polling/poll_plan.hpp"

#include "base/bounds.hpp"
#include "base/random.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <queue>
#include <set>
#include <string>
#include <utility>
#include <vector>

using namespace nightshift;

namespace {

using DurationOf = std::function<double(int number, Random&)>;  // seconds

double uniform(int, Random& random) {
    return random.between(180, 600);
}

struct Came {
    double polls = 0;       // per task
    double lateness_s = 0;  // mean
    double lateness_max_s = 0;
};

// `places` videos at most are under way; the first ones are accepted within `ramp_s`.
class MadeUpLane {
public:
    MadeUpLane(PollPlan& plan, double unit_s, DurationOf duration)
        : plan_(plan), unit_s_(unit_s), duration_(std::move(duration)) {}

    // Measures the tasks from number `from` on.
    Came live(int count, int places, double ramp_s, int from = 0) {
        left_ = count;
        for (int i = 0; i < std::min(places, count); ++i) accept(ramp_s * i / places);
        int polls = 0;
        Came came;
        while (!polls_.empty()) {
            const auto [now, number] = polls_.top();
            polls_.pop();
            const bool measured = number >= from;
            if (measured) ++polls;
            if (!ask(number, now)) continue;
            const double late_s = now - at(number).ends_s;
            if (measured) came.lateness_s += late_s / (count - from);
            if (measured) came.lateness_max_s = std::max(came.lateness_max_s, late_s);
        }
        came.polls = static_cast<double>(polls) / (count - from);
        return came;
    }

private:
    struct Video {
        double accepted_s = 0, ends_s = 0, seen_s = 0;
    };
    using Poll = std::pair<double, int>;

    Video& at(int number) { return videos_[static_cast<std::size_t>(number)]; }

    void accept(double now) {
        const int number = static_cast<int>(videos_.size());
        videos_.push_back({now, now + duration_(number, random_), 0});
        under_way_.insert({now, number});
        --left_;
        plan_next(number, now);
    }

    void plan_next(int number, double now) {
        bool scout = false;
        int older = 0;
        for (const auto& each : under_way_) {
            scout = scout || each.second == number;
            if (++older == limits::poll_scouts) break;
        }
        const double interval_s = plan_.next_interval({.age_s = now - at(number).accepted_s,
                                                       .waiting_for_place = left_ > 0,
                                                       .scout = scout}) *
                                  random_.between(1 - limits::poll_jitter, 1 + limits::poll_jitter);
        CHECK(interval_s >= unit_s_ - 1e-9);
        CHECK(interval_s <= limits::poll_quiet_intervals * unit_s_ + 1e-9);
        polls_.push({now + interval_s, number});
    }

    bool ask(int number, double now) {
        auto& video = at(number);
        const bool done = now >= video.ends_s;
        plan_.saw(video.seen_s, now - video.accepted_s, done);
        video.seen_s = now - video.accepted_s;
        if (!done) {
            plan_next(number, now);
            return false;
        }
        under_way_.erase({video.accepted_s, number});
        if (left_ > 0) accept(now);
        return true;
    }

    PollPlan& plan_;
    double unit_s_;
    DurationOf duration_;
    Random random_{11};
    std::vector<Video> videos_;
    std::set<Poll> under_way_;
    std::priority_queue<Poll, std::vector<Poll>, std::greater<>> polls_;
    int left_ = 0;
};

Came polled(DurationOf duration, int count, int places, double ramp_s, int from = 0) {
    PollPlan plan(15);
    return MadeUpLane(plan, 15, std::move(duration)).live(count, places, ramp_s, from);
}

}  // namespace

TEST_CASE("ten thousand videos that are accepted together cost a third of a fixed poller") {
    const auto came = polled(uniform, 10'000, 10'000, 180);

    CHECK(came.polls <= 7.5);  // a poll each 15 s: 26.5
    CHECK(came.lateness_s <= 21);
    CHECK(came.lateness_max_s <= 61);
}

TEST_CASE("while others wait for its place a finished video is noticed sooner") {
    const auto came = polled(uniform, 10'000, 20, 5, 100);

    CHECK(came.lateness_s <= 13.5);
    CHECK(came.polls <= 9.5);
}

TEST_CASE("the first videos of a model are asked for more often, and not found much later") {
    const auto came = polled(uniform, 20, 20, 1);

    CHECK(came.polls <= 10);
    CHECK(came.lateness_s <= 30);
    CHECK(came.lateness_max_s <= 61);
}

TEST_CASE("videos that all take the same time are asked for when that is over") {
    const auto came = polled([](int, Random&) { return 300.0; }, 2000, 20, 5, 200);

    CHECK(came.polls <= 4.5);
    CHECK(came.lateness_s <= 11);
}

TEST_CASE("of videos that are short or long neither is asked for in between") {
    auto duration = [](int, Random& random) {
        return random.unit() < 0.5 ? random.between(50, 70) : random.between(550, 650);
    };
    const auto came = polled(duration, 2000, 2000, 60, 100);

    CHECK(came.polls <= 7);
    CHECK(came.lateness_s <= 20);
}

TEST_CASE("when a model grows faster or slower the plan follows") {
    SUBCASE("faster") {
        auto duration = [](int number, Random& random) {
            return number < 1000 ? random.between(180, 600) : random.between(40, 90);
        };
        const auto came = polled(duration, 2000, 20, 5, 1000);

        CHECK(came.polls <= 3);
        CHECK(came.lateness_s <= 15);
        CHECK(came.lateness_max_s <= 121);
    }
    SUBCASE("slower") {
        auto duration = [](int number, Random& random) {
            return number < 1000 ? random.between(40, 90) : random.between(400, 900);
        };
        const auto came = polled(duration, 2000, 20, 5, 1000);

        CHECK(came.polls <= 15);
        CHECK(came.lateness_s <= 17);
    }
}

TEST_CASE("a video that outlives all others is asked for less and less, within the bound") {
    PollPlan plan(15);
    MadeUpLane(plan, 15, uniform).live(500, 20, 5);
    double age_s = 600, first_s = 0, last_s = 0;
    while (age_s < 20 * 3600) {
        last_s = plan.next_interval({.age_s = age_s});
        if (first_s == 0) first_s = last_s;
        plan.saw(age_s, age_s + last_s, false);
        age_s += last_s;
    }

    CHECK(first_s < 20);
    CHECK(last_s > 50);
    CHECK(last_s <= 60);
}

TEST_CASE("everything scales with the poll interval") {
    PollPlan plan(0.2);
    auto duration = [](int, Random& random) { return random.between(180, 600) / 75; };
    const auto came = MadeUpLane(plan, 0.2, duration).live(2000, 2000, 1);
    const auto same = polled(uniform, 2000, 2000, 75);

    CHECK(came.polls == doctest::Approx(same.polls).epsilon(0.02));
    CHECK(came.lateness_s * 75 == doctest::Approx(same.lateness_s).epsilon(0.02));
}

TEST_CASE("before anything is known scouts look often, less so with age; others at the bound") {
    PollPlan plan(15);

    CHECK(plan.next_interval({.age_s = 0, .scout = true}) == doctest::Approx(15 / 0.9));
    CHECK(plan.next_interval({.age_s = 90, .scout = true}) == doctest::Approx(30));
    CHECK(plan.next_interval({.age_s = 900, .scout = true}) == doctest::Approx(60 / 1.1));
    CHECK(plan.next_interval({.age_s = 0}) == doctest::Approx(60 / 1.1));
}

TEST_CASE("only where fifty videos say that none ends is asked later than the bound") {
    PollPlan plan(15);
    for (int i = 0; i < 49; ++i) plan.saw(0, 240, false);
    CHECK(plan.next_interval({.age_s = 0}) == doctest::Approx(60 / 1.1));
    plan.saw(0, 240, false);
    CHECK(plan.next_interval({.age_s = 0}) == doctest::Approx(120 / 1.1));
    // From here on an end is possible within the minute before the next poll, no longer.
    CHECK(plan.next_interval({.age_s = 225}) <= 75 / 1.1 + 1e-6);
}

TEST_CASE("what was learned is kept as JSON, and read back only as far as it makes sense") {
    PollPlan learned(15);
    MadeUpLane(learned, 15, uniform).live(500, 20, 5);
    const auto text = learned.to_json();
    CHECK(text.size() < 2000);
    CHECK(PollPlan(15).to_json() == "");

    SUBCASE("whole") {
        PollPlan plan(15);
        plan.take_json(text);

        for (double age_s = 0; age_s < 700; age_s += 7) {
            CAPTURE(age_s);
            CHECK(plan.next_interval({.age_s = age_s}) ==
                  doctest::Approx(learned.next_interval({.age_s = age_s})).epsilon(0.02));
        }
    }
    SUBCASE("of another poll interval, or damaged") {
        for (const auto& bad :
             {text.substr(0, text.size() / 2), std::string("[]"), std::string("{}"),
              std::string(R"({"interval":15.0,"passages":[1,2],"ends":[1]})"),
              std::string(R"({"interval":15.0,"passages":["x"],"ends":[null]})"),
              std::string(R"({"interval":"15","passages":[1],"ends":[1]})")}) {
            CAPTURE(bad);
            PollPlan plan(15);
            plan.take_json(bad);
            CHECK(plan.to_json() == "");
        }
        PollPlan plan(20);
        plan.take_json(text);
        CHECK(plan.to_json() == "");
    }
    SUBCASE("with numbers that nothing could have counted") {
        PollPlan plan(15);
        plan.take_json(R"({"interval":15.0,"passages":[-1,1e300],"ends":[1e300,-5]})");
        const double interval_s = plan.next_interval({.age_s = 0});
        CHECK(interval_s >= 15);
        CHECK(interval_s <= 60);
    }
}

TEST_CASE("a video that was done at some time during a sleep of hours teaches nothing") {
    PollPlan plan(15);
    plan.saw(30, 30 + 8 * 3600, true);
    CHECK(plan.to_json() == "");
    plan.saw(60, 30, true);
    plan.saw(0, std::nan(""), true);
    CHECK(plan.to_json() == "");
}
