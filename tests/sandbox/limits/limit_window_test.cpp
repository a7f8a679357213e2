// What a minute is to a hidden limit, and which tokens count in it.
#include "tests/sandbox/limits/limit_calls.hpp"

#include <doctest/doctest.h>

using namespace nightshift::sandbox;

namespace {

const Call chat = call_of(Endpoint::chat_completions, "gpt-5.4");

Limit bucket_of(std::int64_t requests_per_minute, std::int64_t tokens_per_minute) {
    Limit limit;
    limit.requests_per_minute = requests_per_minute;
    limit.tokens_per_minute = tokens_per_minute;
    limit.window = Window::bucket;
    return limit;
}

Limit used_tokens(std::int64_t tokens_per_minute, Window window = Window::sliding) {
    Limit limit;
    limit.tokens_per_minute = tokens_per_minute;
    limit.tokens = TokenCount::used;
    limit.window = window;
    return limit;
}

}  // namespace

TEST_CASE("a fixed minute starts again with the clock's") {
    Limits limits = limits_of("[[limit]]\nrequests_per_minute = 2\nwindow = \"fixed\"\n");

    CHECK_FALSE(limits.enter(chat, 1, 100 * 60'000 + 59'000));
    CHECK(let_in(limits, chat, 100 * 60'000 + 59'999) == 1);
    CHECK(let_in(limits, chat, 101 * 60'000) == 2);
    CHECK(let_in(limits, chat, 101 * 60'000 + 59'999) == 0);
    CHECK(let_in(limits, chat, 102 * 60'000) == 2);
}

TEST_CASE("a fixed minute sums tokens and lets one large call in alone") {
    Limit limit;
    limit.tokens_per_minute = 100;
    limit.window = Window::fixed;
    Limits limits({limit}, 1);

    CHECK(refusal_of(limits, chat, 500, 0).empty());
    CHECK(refusal_of(limits, chat, 1, 59'999) == "tokens per min (TPM)");
    CHECK(refusal_of(limits, chat, 60, 60'000).empty());
    CHECK(refusal_of(limits, chat, 41, 60'001) == "tokens per min (TPM)");
    CHECK(refusal_of(limits, chat, 40, 60'001).empty());
}

TEST_CASE("speed shortens fixed minutes and fills buckets faster") {
    Limit fixed;
    fixed.requests_per_minute = 1;
    fixed.window = Window::fixed;
    Limits minutes({fixed}, 60);
    Limits bucket({bucket_of(60, 0)}, 10);

    CHECK_FALSE(minutes.enter(chat, 1, 900));
    CHECK(minutes.enter(chat, 1, 999));
    CHECK_FALSE(minutes.enter(chat, 1, 1'000));
    CHECK(let_in(bucket, chat, 0) == 1);
    CHECK(let_in(bucket, chat, 99) == 0);
    CHECK(let_in(bucket, chat, 100) == 1);
}

TEST_CASE("a bucket of one second refuses a burst that the minute would hold") {
    Limits limits = limits_of("[[limit]]\nrequests_per_minute = 180\nwindow = \"bucket\"\n");

    CHECK(let_in(limits, chat, 0) == 3);
    CHECK(let_in(limits, chat, 333) == 0);
    CHECK(let_in(limits, chat, 334) == 1);
    CHECK(let_in(limits, chat, 667) == 1);
    CHECK(let_in(limits, chat, 50'000) == 3);
}

TEST_CASE("a bucket is as exact with the clock of today") {
    constexpr std::int64_t today_ms = 1'795'500'000'123;
    Limits limits({bucket_of(180, 0)}, 1, today_ms);

    CHECK(let_in(limits, chat, today_ms) == 3);
    CHECK(let_in(limits, chat, today_ms + 1'000) == 3);
}

TEST_CASE("burst_seconds is what a bucket holds at most") {
    Limits limits =
        limits_of("[[limit]]\nrequests_per_minute = 60\nwindow = \"bucket\"\nburst_seconds = 10\n");

    CHECK(let_in(limits, chat, 0) == 10);
    CHECK(let_in(limits, chat, 4'000) == 4);
    CHECK(let_in(limits, chat, 900'000) == 10);
}

TEST_CASE("a bucket holds at least one request") {
    Limits limits({bucket_of(6, 0)}, 1);

    CHECK(let_in(limits, chat, 0) == 1);
    CHECK(let_in(limits, chat, 9'999) == 0);
    CHECK(let_in(limits, chat, 10'000) == 1);
}

TEST_CASE("a bucket of tokens holds at least the call itself") {
    Limits limits({bucket_of(0, 6'000)}, 1);  // 100 a second

    CHECK(refusal_of(limits, chat, 500, 0).empty());
    CHECK(refusal_of(limits, chat, 500, 4'999) == "tokens per min (TPM)");
    CHECK(refusal_of(limits, chat, 500, 5'000).empty());
    CHECK(refusal_of(limits, chat, 60, 5'600).empty());
    CHECK(refusal_of(limits, chat, 500, 10'599) == "tokens per min (TPM)");
    CHECK(refusal_of(limits, chat, 500, 10'600).empty());
}

TEST_CASE("a refused call takes nothing out of a bucket") {
    Limits limits({bucket_of(60, 0)}, 1);

    CHECK(let_in(limits, chat, 0) == 1);
    for (int i = 0; i < 10; ++i) CHECK(limits.enter(chat, 1, 500 + i));
    CHECK(let_in(limits, chat, 1'000) == 1);
}

TEST_CASE("reserved tokens are input and the most that may come out, whatever did") {
    Limit limit;
    limit.tokens_per_minute = 100;
    Limits limits({limit}, 1);

    CHECK(refusal_of(limits, chat, {10, 50}, 0).empty());
    limits.leave(chat, 40, 10);
    CHECK(refusal_of(limits, chat, {10, 31}, 20) == "tokens per min (TPM)");
    CHECK(refusal_of(limits, chat, {10, 30}, 20).empty());
}

TEST_CASE("used tokens are input at once and what came out when it is out") {
    Limits limits = limits_of("[[limit]]\ntokens_per_minute = 100\ntokens = \"used\"\n");

    CHECK(refusal_of(limits, chat, {10, 5'000}, 0).empty());
    CHECK(refusal_of(limits, chat, {10, 5'000}, 0).empty());
    limits.leave(chat, 79, 20'000);
    CHECK(refusal_of(limits, chat, {30, 5'000}, 20'001).empty());
    CHECK(refusal_of(limits, chat, {1, 0}, 20'002) == "tokens per min (TPM)");
    limits.leave(chat);
    limits.leave(chat, 80, 70'000);
    CHECK(refusal_of(limits, chat, {1, 0}, 79'999) == "tokens per min (TPM)");
    CHECK(refusal_of(limits, chat, {1, 0}, 80'000) == "tokens per min (TPM)");
    CHECK(refusal_of(limits, chat, {1, 0}, 80'001).empty());
}

TEST_CASE("used tokens count in the fixed minute in which they came out") {
    Limits limits({used_tokens(100, Window::fixed)}, 1);

    CHECK(refusal_of(limits, chat, 10, 0).empty());
    limits.leave(chat, 100, 60'000);
    CHECK(refusal_of(limits, chat, 10, 119'999) == "tokens per min (TPM)");
    CHECK(refusal_of(limits, chat, 10, 120'000).empty());
}

TEST_CASE("a bucket pays off what came out beyond it") {
    Limits limits({used_tokens(6'000, Window::bucket)}, 1);  // 100 a second

    CHECK(refusal_of(limits, chat, 50, 0).empty());
    limits.leave(chat, 1'000, 10'000);
    CHECK(refusal_of(limits, chat, 50, 19'000) == "tokens per min (TPM)");
    CHECK(refusal_of(limits, chat, 50, 19'010).empty());
    CHECK(refusal_of(limits, chat, 50, 19'500) == "tokens per min (TPM)");
    CHECK(refusal_of(limits, chat, 50, 19'510).empty());
}
