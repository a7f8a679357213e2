// Limits that are set while a run goes on.

#include "engine/pacing/governor.hpp"
#include "engine/pacing/lanes.hpp"
#include "engine/pacing/slots.hpp"

#include <doctest/doctest.h>

using namespace nightshift;

namespace {

Instant at(double s) {
    return Instant(std::chrono::hours(1)) + seconds(s);
}

// How many start within so many seconds when each is answered at once.
int starts(Allowance& allowance, double from_s, double span_s) {
    int count = 0;
    for (double s = from_s; s < from_s + span_s; s += 0.01) {
        if (allowance.next_start(at(s), 1, false) > at(s)) continue;
        allowance.governor().answered(allowance.started(at(s), 1, false), at(s));
        ++count;
    }
    return count;
}

LimitRule paced(std::optional<double> requests_per_minute) {
    LimitRule rule;
    rule.match = "m";
    rule.requests_per_minute = requests_per_minute;
    return rule;
}

}  // namespace

TEST_CASE("a lane keeps to the limit it has, and to another one from when it is set") {
    Allowance allowance(paced(60), "m");
    CHECK(starts(allowance, 0, 20) == doctest::Approx(20).epsilon(0.1));
    allowance.set_rule(paced(300), at(20));
    CHECK(starts(allowance, 20, 20) == doctest::Approx(100).epsilon(0.1));
    allowance.set_rule(paced(60), at(40));
    CHECK(starts(allowance, 40, 20) == doctest::Approx(20).epsilon(0.1));
    allowance.set_rule(paced(std::nullopt), at(60));
    CHECK(starts(allowance, 60, 10) > 900);
}

TEST_CASE("a burst that is set starts at once after a lull, and no more when it is taken back") {
    auto rule = paced(60);
    Allowance allowance(rule, "m");
    starts(allowance, 0, 5);
    rule.burst = 10;
    allowance.set_rule(rule, at(5));
    CHECK(starts(allowance, 30, 0.2) == 10);
    rule.burst.reset();
    allowance.set_rule(rule, at(31));
    CHECK(starts(allowance, 60, 0.2) == 1);
}

TEST_CASE("requests in flight beyond a smaller limit end before another starts") {
    LimitRule rule;
    rule.concurrency = 3;
    Governor governor(rule);
    std::vector<std::uint64_t> sends;
    for (int i = 0; i < 3; ++i) sends.push_back(governor.started(at(i), 1));
    CHECK(governor.next_start(at(3), 1) == Instant::max());
    rule.concurrency = 1;
    governor.set_limits(rule, at(3));
    for (int i = 0; i < 3; ++i) {
        CHECK(governor.next_start(at(4), 1) == Instant::max());
        governor.answered(sends[static_cast<std::size_t>(i)], at(4));
    }
    CHECK(governor.next_start(at(5), 1) <= at(5));
    rule.concurrency = 2;
    governor.set_limits(rule, at(5));
    governor.started(at(5), 1);
    CHECK(governor.next_start(at(6), 1) <= at(6));
}

TEST_CASE("more remote tasks may be accepted as soon as the limit says so") {
    LimitRule rule;
    rule.remote_tasks = 1;
    Allowance allowance(rule, "m");
    allowance.remote_began();
    CHECK(!allowance.has_remote_place());
    rule.remote_tasks = 2;
    allowance.set_rule(rule, at(0));
    CHECK(allowance.has_remote_place());
}

TEST_CASE("a rule is found by its own name, and lanes that come later are under it") {
    Allowances allowances({paced(60)});
    CHECK(allowances.under("m", "") == allowances.of("chat_completions", "m"));
    CHECK(allowances.under("n", "") == nullptr);
    const auto own = allowances.of("chat_completions", "n1");
    LimitRule added;
    added.match = "n*";
    allowances.add(added, own);
    CHECK(allowances.under("n*", "") == own);
    CHECK(allowances.of("chat_completions", "n2") == own);
}

TEST_CASE("with more slots more POSTs may leave, and who waits is called") {
    boost::asio::io_context io{1};
    const auto slots = std::make_shared<Slots>(io, 1);
    int called = 0;
    slots->on_free([&called] { ++called; });
    const auto first = slots->take_post();
    CHECK(!slots->post_is_free());
    slots->resize(2);
    CHECK(called == 1);
    CHECK(slots->post_is_free());
    slots->resize(1);
    CHECK(!slots->post_is_free());
    CHECK(slots->in_flight() == 1);
    slots->on_free({});
}
