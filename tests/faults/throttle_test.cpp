// Gateways that say "not so fast".

#include "tests/fakes/nights.hpp"

#include <doctest/doctest.h>

using namespace nightshift;
using namespace nightshift::test;
using namespace nightshift::test::nights;

namespace {

constexpr double storm_begins_s = 30;
constexpr double storm_ends_s = 90;

http::Reply refused_for(const std::string& wish) {
    auto reply = json_reply(429, "");
    reply.headers = {{"retry-after", wish}};
    return reply;
}

int answered_between(const Ran& ran, double from_s, double to_s) {
    return static_cast<int>(std::count_if(ran.seen.begin(), ran.seen.end(), [&](const auto& each) {
        return each.at_s >= from_s && each.at_s < to_s;
    }));
}

// Two requests a second for as long as the tasks last, every answer a 429 during the storm.
Ran storm(std::uint64_t seed) {
    Night night{.tasks = chats(300), .options = {}, .gateway = {}};
    night.seed = seed;
    night.gateway = [](const Exchange& each) {
        const bool storming = each.at_s >= storm_begins_s && each.at_s < storm_ends_s;
        return storming ? json_reply(429, "") : good_chat();
    };
    night.options.retry.attempts_max = 2;
    night.options.limits = {{.match = "",
                             .endpoint = "",
                             .requests_per_minute = 120,
                             .tokens_per_minute = {},
                             .concurrency = {},
                             .remote_tasks = {},
                             .burst = {}}};
    return live_through(night);
}

}  // namespace

TEST_CASE("fault row 26: a storm of 429 fails nothing, is hardly fed, and is over soon after") {
    for (const std::uint64_t seed : {1, 15, 20}) {
        CAPTURE(seed);
        const auto ran = storm(seed);

        CHECK(count_of(ran, State::succeeded) == 300);
        for (const auto& [id, line] : ran.ledger) {
            CHECK(nlohmann::json::parse(line)["maybe_billed"] == 0);
        }
        // The lane sends in bursts, longer and longer apart: a tenth of what it would have sent.
        CHECK(answered_between(ran, storm_begins_s, storm_ends_s) <= 12);
        // A minute after the storm more than nine tenths of the old rate are back.
        CHECK(answered_between(ran, storm_ends_s + 60, storm_ends_s + 90) >= 54);
    }
}

TEST_CASE("fault row 27: a mad Retry-After stops a lane for a quarter of an hour at most") {
    for (const std::string wish :
         {"99999999999", "12345678901234567890123", "Fri, 06 Nov 2099 08:49:37 GMT"}) {
        CAPTURE(wish);
        int given = 0;
        const auto ran = live_through({.tasks = chats(3), .options = {}, .gateway = [&](auto&) {
                                           return given++ == 0 ? refused_for(wish) : good_chat();
                                       }});

        CHECK(count_of(ran, State::succeeded) == 3);
        CHECK(ran.seconds > 899);
        CHECK(ran.seconds < 960);
    }
}

TEST_CASE("fault row 27: a Retry-After that makes no sense leaves the lane's own pause") {
    for (const std::string wish : {"-5", "abc", "", "0", "Sun, 06 Nov 1994 08:49:37 GMT"}) {
        CAPTURE(wish);
        int given = 0;
        const auto ran = live_through({.tasks = chats(3), .options = {}, .gateway = [&](auto&) {
                                           return given++ == 0 ? refused_for(wish) : good_chat();
                                       }});

        CHECK(count_of(ran, State::succeeded) == 3);
        CHECK(ran.seconds < 6);
    }
}
