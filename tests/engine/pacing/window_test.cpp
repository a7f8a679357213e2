#include "engine/pacing/window.hpp"

#include "base/bounds.hpp"

#include <doctest/doctest.h>

#include <deque>

using namespace nightshift;

namespace {

Instant at(double s) {
    return Instant(std::chrono::hours(1)) + seconds(s);
}

// A lane that always has work, and a gateway that lets in so many at once. Requests take a second,
// refusals come back at once.
struct Lane {
    Window window{std::nullopt};
    Sends sends;
    std::deque<std::uint64_t> in_flight;
    int limit = 8;
    int refused = 0, most = 0;
    double now_s = 0;

    void fill() {
        while (static_cast<int>(in_flight.size()) < window.size()) {
            now_s += 0.001;
            const int count = static_cast<int>(in_flight.size()) + 1;
            const auto number = sends.add(at(now_s), count, 0);
            if (count <= limit) {
                in_flight.push_back(number);
                most = std::max(most, count);
                continue;
            }
            ++refused;
            auto& send = *sends.find(number);
            send.fate = Send::Fate::refused;
            window.refused(send, {.sends = sends,
                                  .in_flight = count - 1,
                                  .reply_s = 0.0001,
                                  .paced = false,
                                  .certain = false,
                                  .now = at(now_s)});
            if (refused > 1000) return;
        }
    }
    void answer_one() {
        auto& send = *sends.find(in_flight.front());
        in_flight.pop_front();
        send.fate = Send::Fate::answered;
        window.answered(send, static_cast<int>(in_flight.size()), sends.last_number(), true);
    }
    void serve(int requests) {
        for (int i = 0; i < requests; ++i) {
            fill();
            now_s += 1.0 / 64;
            answer_one();
        }
    }
};

}  // namespace

TEST_CASE("a configured number stays, whatever comes back") {
    Window window(5);
    Sends sends;
    auto& send = *sends.find(sends.add(at(0), 5, 0));
    send.fate = Send::Fate::refused;

    window.refused(send, {.sends = sends,
                          .in_flight = 4,
                          .reply_s = 0.1,
                          .paced = false,
                          .certain = true,
                          .now = at(1)});
    window.answered(send, 4, 1, true);

    CHECK(window.size() == 5);
}

TEST_CASE("the number that a gateway lets in is found, and tried again less and less often") {
    Lane lane;
    lane.serve(5000);

    CHECK(lane.most == 8);
    CHECK(lane.window.size() <= 9);
    CHECK(lane.window.strikes() >= 3);
    CHECK(lane.refused < 50);  // one percent
}

TEST_CASE("without refusals the window opens twice as far with each round trip") {
    Lane lane;
    lane.limit = 100'000;
    lane.fill();
    REQUIRE(lane.window.size() == limits::window_first);

    lane.serve(limits::window_first);

    CHECK(lane.window.size() == 2 * limits::window_first);
}

TEST_CASE("where answers take long, what was not refused in time counts as let in") {
    Window window(std::nullopt);
    window.filled(at(0));
    CHECK(window.opens_at() == at(0.25));

    window.open();
    CHECK(window.size() == 2 * limits::window_first);

    SUBCASE("not so at a configured size") {
        Window known(5);
        known.filled(at(0));
        CHECK(known.opens_at() == Instant::max());
    }
}

TEST_CASE("a limit that was raised is noticed") {
    Lane lane;
    lane.serve(2000);
    REQUIRE(lane.window.size() <= 9);

    lane.limit = 50;
    lane.serve(2000);

    CHECK(lane.window.size() > 40);
}

TEST_CASE("after an outage it opens from the beginning") {
    Lane lane;
    lane.limit = 100'000;
    lane.serve(500);
    REQUIRE(lane.window.size() > 100);

    lane.window.reopen();

    CHECK(lane.window.size() == limits::window_first);
}

TEST_CASE("what is known for a later run was refused more than once, or is from an earlier one") {
    Lane lane;
    CHECK(lane.window.found() == 0);
    lane.serve(3000);
    const int found = lane.window.found();
    CHECK(found >= 8);
    CHECK(found <= 9);

    Lane next;
    next.window.begin_at(8);
    CHECK(next.window.found() == 8);
    next.serve(3000);
    CHECK(next.window.found() >= 8);
    CHECK(next.window.found() <= 9);

    Lane open;
    open.window.begin_at(8);
    open.window.reopen();
    CHECK(open.window.found() == 0);
}

TEST_CASE("when the gateway says that it is about concurrency, one refusal is enough") {
    Window window(std::nullopt);
    Sends sends;
    for (int i = 1; i <= 6; ++i) sends.add(at(0.001 * i), i, 0);
    const auto refuse = [&](std::uint64_t number, int left, bool certain, double now_s) {
        auto& send = *sends.find(number);
        send.fate = Send::Fate::refused;
        return window.refused(send, {.sends = sends,
                                     .in_flight = left,
                                     .reply_s = 0.1,
                                     .paced = false,
                                     .certain = certain,
                                     .now = at(now_s)});
    };

    CHECK(refuse(5, 5, false, 0.1) == Window::Says::nothing);
    CHECK(window.size() == limits::window_first);
    CHECK(refuse(6, 4, true, 0.1) == Window::Says::narrowed);
    CHECK(window.size() == 4);

    SUBCASE("what had left before is refused with it, and is no second one") {
        CHECK(refuse(4, 3, false, 0.2) == Window::Says::narrowed);
        CHECK(window.size() == 3);
        CHECK(window.strikes() == 1);
    }
}
