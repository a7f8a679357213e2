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
        {"5 seconds", std::nullopt},
        {"nan", std::nullopt},
        {"900", 900.0},
        {"901", 900.0},
        {"99999999999", 900.0},
        {"12345678901234567890123", 900.0},
        {"Sun, 06 Nov 1994 08:50:37 GMT", 60.0},
        {"Sunday, 06-Nov-94 08:50:37 GMT", 60.0},
        {"Sun Nov  6 08:50:37 1994", 60.0},
        {"Sun, 06 Nov 1994 08:48:37 GMT", 0.0},
        {"Fri, 06 Nov 2099 08:49:37 GMT", 900.0},
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
    CHECK(wait_for({{"retry-after", std::string(400, '9')}}) == 900.0);
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
