#include "base/text/duration.hpp"

#include <doctest/doctest.h>

using nightshift::seconds_in;

TEST_CASE("durations are numbers of seconds, or numbers with units, largest first") {
    struct Row {
        const char* text;
        double seconds;
    };
    for (const auto& row :
         {Row{"90", 90}, Row{"0.5", 0.5}, Row{"90s", 90}, Row{"30m", 1800}, Row{"8h", 28800},
          Row{"1h30m", 5400}, Row{"1.5h", 5400}, Row{"2d", 172800}, Row{"250ms", 0.25},
          Row{"1m30s", 90}, Row{" 8 h ", 28800}, Row{"8H", 28800}, Row{"1h 30m", 5400}, Row{"0", 0},
          Row{"1e3", 1000}}) {
        CAPTURE(row.text);
        REQUIRE(seconds_in(row.text));
        CHECK(*seconds_in(row.text) == doctest::Approx(row.seconds));
    }
    for (const auto* text : {"", " ", "h", "-1", "-1h", "+1", "8x", "8hours", "30m1h", "1h1h",
                             "1h30", "nan", "inf", "1e999", "1,5h", "8h,", "0x10"}) {
        CAPTURE(text);
        CHECK_FALSE(seconds_in(text));
    }
}
