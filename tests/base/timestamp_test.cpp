#include "base/timestamp.hpp"

#include <doctest/doctest.h>

using namespace nightshift;

TEST_CASE("a time is written in UTC with milliseconds") {
    CHECK(rfc3339(0) == "1970-01-01T00:00:00.000Z");
    CHECK(rfc3339(1'709'210'096'007) == "2024-02-29T12:34:56.007Z");
    CHECK(rfc3339(253'402'300'799'999) == "9999-12-31T23:59:59.999Z");
    CHECK(rfc3339(-1) == "1969-12-31T23:59:59.999Z");
}
