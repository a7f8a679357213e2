#include "http/rate_headers.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace nightshift::http;

namespace {

constexpr std::int64_t wall_ms = 1'800'000'000'000;  // 2027-01-15T08:00:00Z

RateHeaders read(Headers headers) {
    Reply reply;
    reply.status = 200;
    reply.headers = std::move(headers);
    return rate_headers_of(reply, wall_ms);
}

std::optional<double> reset(const std::string& text, Headers more = {}) {
    more.emplace_back("x-ratelimit-reset-requests", text);
    return read(std::move(more)).requests.reset_s;
}

}  // namespace

TEST_CASE("rate headers are read as OpenAI and Anthropic send them") {
    const auto openai = read({{"x-ratelimit-limit-requests", "500"},
                              {"x-ratelimit-remaining-requests", "499"},
                              {"x-ratelimit-reset-requests", "120ms"},
                              {"x-ratelimit-limit-tokens", "40000"},
                              {"x-ratelimit-remaining-tokens", "39000"},
                              {"x-ratelimit-reset-tokens", "1m1.5s"}});
    CHECK(openai.requests == RateHeaders::Kind{500.0, 499.0, 0.12});
    CHECK(openai.tokens == RateHeaders::Kind{40000.0, 39000.0, 61.5});

    const auto anthropic = read({{"anthropic-ratelimit-requests-limit", "50"},
                                 {"anthropic-ratelimit-requests-remaining", "0"},
                                 {"anthropic-ratelimit-requests-reset", "2027-01-15T08:00:30Z"},
                                 {"anthropic-ratelimit-tokens-limit", "80000"}});
    CHECK(anthropic.requests == RateHeaders::Kind{50.0, 0.0, 30.0});
    CHECK(anthropic.tokens == RateHeaders::Kind{80000.0, {}, {}});
}

TEST_CASE("a reply without rate headers says nothing") {
    CHECK_FALSE(read({{"content-type", "application/json"}, {"x-ratelimit-limit", "5"}}).any());
}

TEST_CASE("resets are understood in every spelling that is about") {
    CHECK(*reset("6m0s") == 360);
    CHECK(*reset("1h2m3s") == 3723);
    CHECK(*reset("0") == 0);
    CHECK(*reset("59.5") == 59.5);
    CHECK(*reset("1800000030") == 30);
    CHECK(*reset("1800000030500") == doctest::Approx(30.5));
    CHECK(*reset("2027-01-15T16:00:10.123+08:00") == doctest::Approx(10.123));
    CHECK(*reset("2027-01-15T07:59:00Z") == 0);  // over
    CHECK(*reset("2027-01-15T08:00:30Z", {{"date", "Fri, 15 Jan 2027 08:00:20 GMT"}}) == 10);
}

TEST_CASE("what is no number, or none that a limit could be, counts as absent") {
    const std::string zeros(100'000, '0');
    for (const std::string& text :
         {std::string("-1"), std::string("1e9"), std::string("0x10"), std::string("500, 500;w=60"),
          std::string("unlimited"), std::string("NaN"), std::string("inf"), std::string(" "),
          std::string("1.5"), std::string("99999999999"), zeros, std::string("5\0", 2)}) {
        CAPTURE(text.substr(0, 30));
        CHECK_FALSE(read({{"x-ratelimit-limit-requests", text}}).any());
        CHECK_FALSE(read({{"anthropic-ratelimit-tokens-remaining", text}}).any());
    }
    for (const std::string& text :
         {std::string("-1s"), std::string("1x"), std::string("s"), std::string("1s1s1s1s1s"),
          std::string("1..5s"), std::string("99999h"), std::string("100000000"), zeros, zeros + "s",
          std::string("2027-13-01T00:00:00Z"), std::string("2027-01-15T25:00:00Z"),
          std::string("2027-01-15T08:00:30"), std::string("2027-01-15T08:00:30+8"),
          std::string("9999-01-15T08:00:30Z"), std::string("2027-01-15 08:00:30Z")}) {
        CAPTURE(text.substr(0, 30));
        CHECK_FALSE(reset(text));
    }
}
