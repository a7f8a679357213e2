// faults.md row 27; the dates are RFC 9110 5.6.7's.

#include "http/retry_after.hpp"

#include <doctest/doctest.h>

using namespace nightshift;

namespace {

constexpr std::int64_t wall_ms = 784'111'777'000;  // Sun, 06 Nov 1994 08:49:37 GMT

std::optional<double> wait_for(http::Headers headers) {
    http::Reply reply;
    reply.headers = std::move(headers);
    return http::retry_after_of(reply, wall_ms);
}

}  // namespace

TEST_CASE("fault row 27: Retry-After is read, clamped, and ignored when it makes no sense") {
    struct Row {
        const char* value;
        std::optional<double> seconds;
    };
    const Row rows[] = {
        {"5", 5.0},
        {"1.5", 1.5},
        {"0", 0.0},
        {"0.25", 0.25},
        {"-5", std::nullopt},
        {"+5", std::nullopt},
        {"abc", std::nullopt},
        {"", std::nullopt},
        {".", std::nullopt},
        {".5", std::nullopt},
        {"1e3", std::nullopt},
        {"5 seconds", 5.0},
        {"8s", 8.0},
        {" 3 s ", 3.0},
        {"0m3s", 3.0},
        {"250ms", 0.25},
        {"3, 3", 3.0},
        {"\"3\"", 3.0},
        {"PT1M3S", 63.0},
        {"1994-11-06T08:50:37Z", 60.0},
        {"2 apples", std::nullopt},
        {"nan", std::nullopt},
        {"900", 900.0},
        {"86401", 86'400.0},
        {"99999999999", 86'400.0},
        {"12345678901234567890123", 86'400.0},
        {"Sun, 06 Nov 1994 08:50:37 GMT", 60.0},
        {"Sunday, 06-Nov-94 08:50:37 GMT", 60.0},
        {"Sun Nov  6 08:50:37 1994", 60.0},
        {"Sun, 06 Nov 1994 08:48:37 GMT", 0.0},
        {"Fri, 06 Nov 2099 08:49:37 GMT", 86'400.0},
        {"Sun, 31 Feb 1994 08:50:37 GMT", std::nullopt},
        {"Sun, 06 Nov 1994 25:50:37 GMT", std::nullopt},
        {"Sun, 06 Nov 1994", std::nullopt},
        {"06 1994 08:50:37", std::nullopt},
    };
    for (const auto& row : rows) {
        CAPTURE(std::string(row.value));
        CHECK(wait_for({{"retry-after", row.value}}) == row.seconds);
    }
    CHECK(wait_for({}) == std::nullopt);
    CHECK(wait_for({{"retry-after", std::string(400, '9')}}) == std::nullopt);
}

TEST_CASE("fault row 27: of two Retry-After headers the first counts") {
    CHECK(wait_for({{"retry-after", "3"}, {"retry-after", "7"}}) == 3.0);
}

TEST_CASE("milliseconds come first, unless they cannot be read") {
    CHECK(wait_for({{"retry-after", "3"}, {"retry-after-ms", "1500"}}) == 1.5);
    CHECK(wait_for({{"retry-after", "3"}, {"retry-after-ms", "soon"}}) == 3.0);
}

TEST_CASE("fault row 27: a date is held against the server's clock, not ours") {
    const http::Headers headers = {{"date", "Sun, 06 Nov 1994 10:00:00 GMT"},
                                   {"retry-after", "Sun, 06 Nov 1994 10:00:30 GMT"}};

    CHECK(wait_for(headers) == 30.0);
}

TEST_CASE("a number from 2001 on is a time of the epoch, in seconds or milliseconds") {
    const auto in_2027 = [](const char* value) {
        http::Reply reply;
        reply.headers = {{"retry-after", value}};
        return http::retry_after_of(reply, 1'800'000'000'000);
    };
    CHECK(in_2027("1800000004") == 4.0);
    CHECK(in_2027("1800000004500") == 4.5);
    CHECK(in_2027("1799999999") == 0.0);
}

namespace {

std::optional<double> reset_after(http::Headers headers) {
    const auto told = http::reset_in(headers);
    if (!told) return std::nullopt;
    return told->wait_s(1'800'000'000);
}

}  // namespace

TEST_CASE("the reset of what is used up is read from every family of rate headers") {
    struct Row {
        http::Headers headers;
        std::optional<double> seconds;
    };
    const Row rows[] = {
        {{{"x-ratelimit-reset-requests", "6m0s"}, {"x-ratelimit-remaining-requests", "0"}}, 360.0},
        {{{"x-ratelimit-reset", "1800000004000"}, {"x-ratelimit-remaining", "0"}}, 4.0},
        {{{"x-ratelimit-reset", "1800000004"}}, 4.0},
        {{{"x-rate-limit-reset", "7"}}, 7.0},
        {{{"x-ratelimit-reset-after", "2.5"}, {"x-ratelimit-remaining", "0"}}, 2.5},
        {{{"ratelimit-reset", "9"}, {"ratelimit-remaining", "0"}}, 9.0},
        {{{"ratelimit", "limit=10, remaining=0, reset=3"}}, 3.0},
        {{{"ratelimit", "\"default\";r=0;t=5"}}, 5.0},
        {{{"ratelimit", "\"default\";r=4;t=5"}}, std::nullopt},
        {{{"anthropic-ratelimit-input-tokens-remaining", "0"},
          {"anthropic-ratelimit-input-tokens-reset", "2027-01-15T08:00:04.5Z"}},
         4.5},
        // What has something left is not what was refused.
        {{{"x-ratelimit-reset-requests", "1s"},
          {"x-ratelimit-remaining-requests", "40"},
          {"x-ratelimit-reset-tokens", "20s"},
          {"x-ratelimit-remaining-tokens", "0"}},
         20.0},
        {{{"x-ratelimit-reset-requests", "1s"}, {"x-ratelimit-remaining-requests", "40"}},
         std::nullopt},
        {{{"x-ratelimit-reset-requests", "3s"},
          {"x-ratelimit-remaining-requests", "0"},
          {"x-ratelimit-reset-tokens", "20s"},
          {"x-ratelimit-remaining-tokens", "0"}},
         20.0},
        {{{"x-ratelimit-reset", "soon"}}, std::nullopt},
        {{{"x-ratelimit-limit-requests", "60"}}, std::nullopt},
    };
    for (const auto& row : rows) {
        CAPTURE(row.headers.front().first);
        CHECK(reset_after(row.headers) == row.seconds);
    }
}

TEST_CASE("of several waits the header comes first, words for people last") {
    http::Reply reply;
    const auto seconds = [&reply](std::optional<ToldTime> told, bool in_words) {
        return http::ToldWaits(reply, 1'800'000'000'000).seconds(told, in_words);
    };
    CHECK(seconds({}, false) == std::nullopt);
    CHECK(seconds(ToldTime{8.2, false}, true) == 8.2);
    reply.headers = {{"x-ratelimit-reset", "60"}, {"x-ratelimit-remaining", "0"}};
    CHECK(seconds(ToldTime{8.2, false}, true) == 60.0);
    CHECK(seconds(ToldTime{8.2, false}, false) == 8.2);
    CHECK(seconds(ToldTime{1'800'000'009, true}, false) == 9.0);
    reply.headers.emplace_back("retry-after", "2");
    CHECK(seconds(ToldTime{8.2, false}, false) == 2.0);
}
