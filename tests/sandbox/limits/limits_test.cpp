// Hidden limits, with the time given by the test.
#include "tests/sandbox/limits/limit_calls.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace nightshift::sandbox;

namespace {

const Call chat = call_of(Endpoint::chat_completions, "gpt-5.4");

}  // namespace

TEST_CASE("requests per minute slide with the clock") {
    Limits limits = limits_of("[[limit]]\nmodel = \"gpt-*\"\nrequests_per_minute = 2\n");

    CHECK_FALSE(limits.enter(chat, 1, 0));
    CHECK_FALSE(limits.enter(chat, 1, 30'000));
    CHECK(limits.enter(chat, 1, 59'999)->status == 429);
    CHECK_FALSE(limits.enter(call_of(Endpoint::chat_completions, "GLM-5.1"), 1, 59'999));
    CHECK_FALSE(limits.enter(chat, 1, 60'000));
    CHECK(limits.enter(chat, 1, 89'999)->status == 429);
    CHECK_FALSE(limits.enter(chat, 1, 90'000));
}

TEST_CASE("speed shortens the minute") {
    Limits limits = limits_of("[[limit]]\nrequests_per_minute = 1\n", 60);

    CHECK_FALSE(limits.enter(chat, 1, 0));
    CHECK(limits.enter(chat, 1, 999));
    CHECK_FALSE(limits.enter(chat, 1, 1'000));
}

TEST_CASE("concurrency counts what has not left") {
    Limits limits = limits_of("[[limit]]\nconcurrency = 2\n");

    CHECK_FALSE(limits.enter(chat, 1, 0));
    CHECK_FALSE(limits.enter(chat, 1, 0));
    CHECK(limits.enter(chat, 1, 0));
    limits.leave(chat);
    CHECK_FALSE(limits.enter(chat, 1, 0));
}

TEST_CASE("tokens are summed, and one large call still fits alone") {
    Limits limits = limits_of("[[limit]]\ntokens_per_minute = 100\n");

    CHECK_FALSE(limits.enter(chat, 500, 0));
    CHECK(limits.enter(chat, 1, 1));
    CHECK_FALSE(limits.enter(chat, 60, 60'000));
    CHECK(limits.enter(chat, 41, 60'001));
    CHECK_FALSE(limits.enter(chat, 40, 60'002));
}

TEST_CASE("remote tasks free their place when they end") {
    Limits limits = limits_of("[[limit]]\nendpoint = \"videos\"\nremote_tasks = 1\n");
    const Call video = call_of(Endpoint::videos, "happyhorse-1.0-t2v");

    CHECK_FALSE(limits.enter(video, 1, 0));
    limits.add_task(video, 5'000);
    CHECK(limits.enter(video, 1, 4'999));
    CHECK_FALSE(limits.enter(video, 1, 5'000));
}

TEST_CASE("each model can have counters of its own") {
    Limit limit;
    limit.model = "happyhorse-*";
    limit.per_model = true;
    const Call one = call_of(Endpoint::videos, "happyhorse-1.0-t2v");
    const Call two = call_of(Endpoint::videos, "happyhorse-1.0-i2v");
    const auto with = [&limit](std::int64_t Limit::*ceiling) {
        Limit changed = limit;
        changed.*ceiling = 1;
        return Limits({changed}, 1);
    };

    for (const auto ceiling : {&Limit::requests_per_minute, &Limit::tokens_per_minute}) {
        Limits limits = with(ceiling);
        CHECK(let_in(limits, one, 0) == 1);
        CHECK(let_in(limits, two, 0) == 1);
    }
    Limits flight = with(&Limit::concurrency);
    CHECK(let_in(flight, one, 0) == 1);
    CHECK(let_in(flight, two, 0) == 1);
    flight.leave(two);
    CHECK(let_in(flight, one, 0) == 0);
    CHECK(let_in(flight, two, 0) == 1);
    Limits tasks = with(&Limit::remote_tasks);
    tasks.add_task(one, 5'000);
    CHECK(let_in(tasks, one, 4'999) == 0);
    CHECK_FALSE(tasks.enter(two, 1, 4'999));
}

TEST_CASE("without per_model all models that match are counted together") {
    Limits limits = limits_of("[[limit]]\nconcurrency = 2\n");
    const Call other = call_of(Endpoint::chat_completions, "GLM-5.1");

    CHECK_FALSE(limits.enter(chat, 1, 0));
    CHECK_FALSE(limits.enter(other, 1, 0));
    CHECK(limits.enter(chat, 1, 0));
    limits.leave(other);
    CHECK_FALSE(limits.enter(chat, 1, 0));
}

TEST_CASE("slowness per model counts the calls of that model") {
    Limits limits = limits_of("[[limit]]\nper_model = true\nslow_above = 1\n");
    const Call other = call_of(Endpoint::chat_completions, "GLM-5.1");

    limits.enter(chat, 1, 0);
    limits.enter(other, 1, 0);
    CHECK(limits.work_seconds(chat, 1) == 1);
    limits.enter(other, 1, 0);
    CHECK(limits.work_seconds(chat, 1) == 1);
    CHECK(limits.work_seconds(other, 1) == 2);
}

TEST_CASE("one list of limits serves two gateways, and neither sees the other's calls") {
    Limit limit;
    limit.requests_per_minute = 1;
    const std::vector<Limit> list{limit};
    Limits first(list, 1);
    Limits second(list, 1);

    CHECK(let_in(first, chat, 0) == 1);
    CHECK(let_in(second, chat, 0) == 1);
}

TEST_CASE("what is used up is named by its kind") {
    const auto refused = [](const std::string& toml) {
        Limits limits = limits_of("[[limit]]\n" + toml);
        limits.enter(chat, 1, 0);
        limits.add_task(chat, 5'000);
        return refusal_of(limits, chat, 1, 0);
    };

    CHECK(refused("requests_per_minute = 1\n") == "requests per min (RPM)");
    CHECK(refused("tokens_per_minute = 1\n") == "tokens per min (TPM)");
    CHECK(refused("concurrency = 1\n") == "concurrent requests");
    CHECK(refused("remote_tasks = 1\n") == "concurrent tasks");
}

TEST_CASE("a call that one limit refuses takes no place in another") {
    Limits limits = limits_of(
        "[[limit]]\nconcurrency = 2\n[[limit]]\nmodel = \"GLM-*\"\nrequests_per_minute = 1\n");
    const Call other = call_of(Endpoint::chat_completions, "GLM-5.1");

    CHECK(let_in(limits, other, 0) == 1);
    CHECK(let_in(limits, chat, 0) == 1);
}

TEST_CASE("the 429 has the envelope of its protocol and of its maker") {
    const auto second = [](const std::string& more, const Call& call) {
        Limits limits = limits_of("[[limit]]\nrequests_per_minute = 1\n" + more);
        limits.enter(call, 1, 0);
        return *limits.enter(call, 1, 0);
    };
    const Call claude = call_of(Endpoint::messages, "claude-sonnet-4-6");
    const Call video = call_of(Endpoint::videos, "happyhorse-1.0-t2v");

    CHECK(second("", chat).body.find("\"code\":\"rate_limit_exceeded\"") != std::string::npos);
    CHECK(second("", claude).body.find("\"type\":\"\\u003cnil\\u003e\"") != std::string::npos);
    CHECK(second("", video).body.find("\"data\":null") != std::string::npos);
    CHECK(second("reply = \"empty\"\n", chat).body.empty());
    CHECK(second("reply = \"gateway\"\n", chat).body.find("new_api_error") != std::string::npos);
    const Reply hinted = second("retry_after = 2.5\n", chat);
    REQUIRE(!hinted.headers.empty());
    CHECK(hinted.headers.back().value == "2.5");
}
