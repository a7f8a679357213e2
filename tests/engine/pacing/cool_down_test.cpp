#include "engine/pacing/cool_down.hpp"

#include <doctest/doctest.h>

using namespace nightshift;

namespace {

Instant at(double s) {
    return Instant(std::chrono::hours(1)) + seconds(s);
}

}  // namespace

TEST_CASE("a silence of a minute takes about a dozen probes") {
    CoolDown silence;
    auto now = at(0);
    silence.begin(now, now);
    std::uint64_t probe = 0;
    while (now < at(60)) {
        now = silence.next(now);
        silence.started(++probe, now, 0.04);
        REQUIRE(silence.is_probe(probe));
        silence.probe_refused(now + seconds(0.04));
    }

    CHECK(probe >= 8);
    CHECK(probe <= 15);
}

TEST_CASE("nothing else starts while a probe is out, until it was not refused for long enough") {
    CoolDown silence;
    silence.begin(at(0), at(0));
    const auto probe_at = silence.next(at(0));
    CHECK(probe_at > at(0));
    silence.started(1, probe_at, 0.1);

    const auto clear = silence.next(probe_at);
    CHECK(to_seconds(clear - probe_at) == doctest::Approx(0.3));
    CHECK_FALSE(silence.is_over(probe_at + seconds(0.2)));
    CHECK(silence.is_over(clear));
}

TEST_CASE("what the gateway asks for is waited for, and a lost probe makes room for another") {
    CoolDown silence;
    silence.begin(at(0), at(0));
    silence.told(9, at(0), 20);
    CHECK(silence.next(at(1)) == at(20));

    silence.started(1, at(20), 0.1);
    silence.probe_lost();
    CHECK(silence.next(at(21)) == at(21));
    CHECK_FALSE(silence.is_over(at(30)));
}

TEST_CASE("a long wait is asked about every 15 minutes, and a probe's word goes before it") {
    CoolDown silence;
    silence.begin(at(0), at(0));
    silence.told(7, at(0), 7200);
    CHECK(silence.told_until() == at(7200));
    CHECK(silence.next(at(1)) == at(900));

    silence.started(8, at(900), 0.1);
    silence.probe_refused(at(900));
    CHECK(silence.next(at(900)) == at(1800));

    silence.started(9, at(1800), 0.1);
    silence.told(9, at(1800), 5);
    silence.probe_refused(at(1800));
    CHECK(silence.told_until() == at(1805));
    CHECK(silence.next(at(1800)) == at(1805));

    silence.end();
    CHECK(silence.told_until() == Instant::min());
}
