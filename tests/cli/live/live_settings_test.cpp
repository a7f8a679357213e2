// The words of `nightshift set`.

#include "cli/live/live_settings.hpp"

#include "base/failure.hpp"

#include <doctest/doctest.h>

using namespace nightshift;
using namespace nightshift::cli;

TEST_CASE("settings become changes, each with its number") {
    const auto changes = parse_changes(
        {"concurrency=8", "budget=2.5", "max_duration=none", "limit.gpt-5.4.requests_per_minute=90",
         "limit.videos.remote_tasks=3", "limit.odd=name.tokens_per_minute=none",
         "limit.gpt-5.4.burst=40", "limit.videos.burst=none"});

    CHECK(changes.concurrency == 8);
    REQUIRE(changes.budget);
    CHECK(*changes.budget == 2.5);
    REQUIRE(changes.max_duration_s);
    CHECK(!*changes.max_duration_s);
    REQUIRE(changes.limits.size() == 5);
    CHECK(changes.limits[0].match == "gpt-5.4");
    CHECK(changes.limits[0].field == "requests_per_minute");
    CHECK(changes.limits[0].value == 90);
    CHECK(changes.limits[1].endpoint == "videos");
    CHECK(changes.limits[1].match == "");
    CHECK(changes.limits[1].value == 3);
    CHECK(changes.limits[2].match == "odd=name");
    CHECK(!changes.limits[2].value);
    CHECK(changes.limits[3].field == "burst");
    CHECK(changes.limits[3].value == 40);
    CHECK(!changes.limits[4].value);
}

TEST_CASE("what the configuration file would refuse is refused") {
    for (const auto* setting :
         {"concurrency", "concurrency=", "=4", "concurrency=none", "concurrency=0",
          "concurrency=1.5", "concurrency=1\nbudget = 3", "budget=-1", "budget=1e99", "budget=0x10",
          "max_duration=0", "limit.a=3", "limit..concurrency=3", "limit.a.concurrency=0",
          "limit.a.burst=0", "limit.a.colour=3", "model=x", "api_key=3"}) {
        CAPTURE(setting);
        CHECK_THROWS_AS(parse_changes({setting}), UsageError);
    }
    CHECK_THROWS_AS(parse_changes({}), UsageError);
    CHECK_THROWS_AS(parse_changes({"budget=1", "budget=2"}), UsageError);
}
