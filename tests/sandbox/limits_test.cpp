// Hidden limits, with the time given by the test.
#include "client.hpp"

#include "sandbox/limits.hpp"

#include <doctest/doctest.h>

#include <stdexcept>

using namespace nightshift::sandbox;

namespace {

Limits limits_of(const std::string& toml, double speed = 1) {
    const Folder folder;
    return {read_limits(folder.file("limits.toml", toml)), speed};
}

Call call_of(Endpoint endpoint, const std::string& model) {
    Call call;
    call.route.endpoint = endpoint;
    call.model = model;
    call.request_id = "R";
    return call;
}

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

TEST_CASE("a limits file that is not in order is refused") {
    CHECK_THROWS_AS(limits_of("[[limit]]\nrpm = 3\n"), std::runtime_error);
    CHECK_THROWS_AS(limits_of("[[limit]]\nendpoint = \"poll\"\n"), std::runtime_error);
    CHECK_THROWS_AS(limits_of("[[limit]]\nconcurrency = -1\n"), std::runtime_error);
    CHECK_THROWS_AS(limits_of("limit = 3\n"), std::runtime_error);
}
