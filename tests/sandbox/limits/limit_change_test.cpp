// Hidden limits that change while the gateway runs, and upstreams that get slow under load.
#include "tests/sandbox/limits/limit_calls.hpp"

#include <doctest/doctest.h>

using namespace nightshift::sandbox;

namespace {

const Call chat = call_of(Endpoint::chat_completions, "gpt-5.4");

std::int64_t requests_at(const Limit& limit, double seconds) {
    return ceilings_at(limit, seconds).requests_per_minute;
}

Limit with_changes(std::vector<Change> changes) {
    Limit limit;
    limit.requests_per_minute = 10;
    limit.changes = std::move(changes);
    return limit;
}

}  // namespace

TEST_CASE("a change holds until another comes, and multiplies what was written") {
    const Limit limit = with_changes({{100, 0.5, {}}, {200, 3, {}}});

    CHECK(requests_at(limit, 0) == 10);
    CHECK(requests_at(limit, 99.9) == 10);
    CHECK(requests_at(limit, 100) == 5);
    CHECK(requests_at(limit, 199.9) == 5);
    CHECK(requests_at(limit, 200) == 30);
    CHECK(requests_at(limit, 1e9) == 30);
}

TEST_CASE("the order of the list matters only to changes of one moment") {
    const Limit limit = with_changes({{200, 3, {}}, {100, 0.5, {}}, {200, 4, {}}});

    CHECK(requests_at(limit, 150) == 5);
    CHECK(requests_at(limit, 250) == 40);
}

TEST_CASE("a change with a period comes again, every day") {
    const double day = 86'400;
    const Limit limit = with_changes({{28'800, 0.5, day}, {72'000, 1, day}});

    for (const double start : {0.0, day, 6 * day}) {
        CAPTURE(start);
        CHECK(requests_at(limit, start + 28'799) == 10);
        CHECK(requests_at(limit, start + 28'800) == 5);
        CHECK(requests_at(limit, start + 71'999) == 5);
        CHECK(requests_at(limit, start + 72'000) == 10);
    }
}

TEST_CASE("a change touches all four limits, in whole numbers, and leaves none below 1") {
    Limit limit = with_changes({{0, 0.29, {}}, {10, 0.001, {}}});
    limit.requests_per_minute = 100;
    limit.tokens_per_minute = 1'000;
    limit.concurrency = 10;

    const Ceilings first = ceilings_at(limit, 0);
    CHECK(first.requests_per_minute == 29);
    CHECK(first.tokens_per_minute == 290);
    CHECK(first.concurrency == 3);
    CHECK(first.remote_tasks == 0);
    limit.remote_tasks = 7;
    CHECK(ceilings_at(limit, 0).remote_tasks == 2);
    CHECK(ceilings_at(limit, 10).requests_per_minute == 1);
    CHECK(ceilings_at(limit, 10).concurrency == 1);
}

TEST_CASE("changes count from the start of the gateway, divided by speed") {
    const Folder folder;
    const auto list = read_limits(folder.file("limits.toml", R"(
        [[limit]]
        concurrency = 1
        reply = "gateway"
        requests_per_minute = 1000
        changes = [{after_seconds = 20, factor = 3}, {after_seconds = 40, factor = 1}]
    )"));
    Limits limits(list, 2, 5'000'000);

    CHECK(let_in(limits, chat, 5'000'000) == 1);
    CHECK(let_in(limits, chat, 5'009'999) == 0);
    CHECK(let_in(limits, chat, 5'010'000) == 2);
    CHECK(limits.enter(chat, 1, 5'010'000)->body.find("最多请求3000次") != std::string::npos);
    limits.leave(chat);
    CHECK(let_in(limits, chat, 5'020'000) == 0);
}

TEST_CASE("a change of a bucket's limit holds from its moment on") {
    Limit limit;
    limit.requests_per_minute = 60;
    limit.window = Window::bucket;
    limit.burst_seconds = 10;
    limit.changes = {{100, 0.5, {}}};
    Limits limits({limit}, 1);

    CHECK(let_in(limits, chat, 99'999) == 10);
    CHECK(let_in(limits, chat, 101'999) == 1);
    CHECK(let_in(limits, chat, 200'000) == 5);
}

TEST_CASE("latency is added, and grows with the calls in flight above a mark") {
    Limits limits = limits_of(R"(
        [[limit]]
        model = "gpt-*"
        latency_seconds = 3
        slow_above = 2
        slow_factor = 0.5
    )");
    const Call other = call_of(Endpoint::chat_completions, "GLM-5.1");

    CHECK(limits.work_seconds(chat, 1) == 4);
    limits.enter(chat, 1, 0);
    limits.enter(chat, 1, 0);
    CHECK(limits.work_seconds(chat, 1) == 4);
    limits.enter(other, 1, 0);
    CHECK(limits.work_seconds(chat, 1) == 4);
    limits.enter(chat, 1, 0);
    CHECK(limits.work_seconds(chat, 1) == doctest::Approx(4 * 1.25));
    limits.enter(chat, 1, 0);
    CHECK(limits.work_seconds(chat, 1) == doctest::Approx(4 * 1.5));
    CHECK(limits.work_seconds(other, 1) == 1);
    limits.leave(chat);
    limits.leave(chat);
    CHECK(limits.work_seconds(chat, 1) == 4);
}

TEST_CASE("slowness without a factor doubles the work at twice the mark") {
    Limits limits = limits_of("[[limit]]\nslow_above = 2\n");

    for (int i = 0; i < 4; ++i) limits.enter(chat, 1, 0);

    CHECK(limits.work_seconds(chat, 5) == doctest::Approx(10));
}
