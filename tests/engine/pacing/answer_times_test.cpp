#include "engine/pacing/answer_times.hpp"

#include <doctest/doctest.h>

using namespace nightshift;

namespace {

Instant at(double s) {
    return Instant(std::chrono::hours(1)) + seconds(s);
}

// A request a second, each with the same number in flight.
Send send_of(std::uint64_t number, int in_flight = 8) {
    Send send;
    send.number = number;
    send.at = at(static_cast<double>(number));
    send.in_flight = in_flight;
    return send;
}

AnswerTimes filled(std::uint64_t sends) {
    AnswerTimes times;
    times.begin(sends, 0);
    for (std::uint64_t i = 1; i <= sends; ++i) times.add(send_of(i));
    return times;
}

}  // namespace

TEST_CASE("the median is known before the longest answers have come, and not before it is sure") {
    auto times = filled(5);
    for (const std::uint64_t number : {1, 2})
        times.answered(send_of(number), at(double(number) + 10));
    times.answered(send_of(3), at(3 + 20.0));
    CHECK_FALSE(times.measure(at(23)));  // the last two may still take less

    const auto measure = times.measure(at(26));

    REQUIRE(measure);
    CHECK(measure->median_s == doctest::Approx(20));
    CHECK(measure->per_s == doctest::Approx(1));
    CHECK(measure->in_flight == 8);
}

TEST_CASE("requests under another load are not counted with these") {
    AnswerTimes times;
    times.begin(3, 0);
    times.add(send_of(1, 8));
    times.add(send_of(2, 7));
    times.add(send_of(3, 4));
    CHECK_FALSE(times.is_complete());
    // The four that were in flight belong to the load before.
    for (std::uint64_t i = 4; i <= 8; ++i) times.add(send_of(i, 4));
    CHECK_FALSE(times.is_complete());

    times.add(send_of(9, 4));

    CHECK(times.is_complete());
}

TEST_CASE("what was refused or lost is left out, and too much of it starts a stretch again") {
    auto times = filled(4);
    times.dropped(send_of(1));
    for (const std::uint64_t number : {2, 3, 4})
        times.answered(send_of(number), at(double(number) + 5));
    const auto measure = times.measure(at(20));
    REQUIRE(measure);
    CHECK(measure->median_s == doctest::Approx(5));

    times.dropped(send_of(2));
    times.dropped(send_of(3));

    CHECK_FALSE(times.is_complete());
}
