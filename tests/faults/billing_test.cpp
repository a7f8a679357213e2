// What a task that ended badly costs, and that nothing pays for it again by itself.

#include "tests/fakes/nights.hpp"

#include <doctest/doctest.h>

using namespace nightshift;
using namespace nightshift::test;
using namespace nightshift::test::nights;

TEST_CASE("fault row 25: a task that the gateway fails later and refunds is failed, free, final") {
    const ScratchFolder folder;
    int polls = 0;
    Night night{.tasks = videos(1), .options = {}, .gateway = [&](const Exchange& each) {
                    if (each.method == "POST") return accepted("task_1");
                    if (++polls < 3) return polled("in_progress");
                    return polled("failed",
                                  R"(,"error":{"message":"upstream failed; quota refunded",)"
                                  R"("code":"task_timeout"},"metadata":{"url":"refunded"})");
                }};
    Price price;
    price.per_task = 2.5;
    night.options.prices = {{"*", price}};

    const auto ran = live_through(night, folder);

    CHECK(count_of(ran, State::failed) == 1);
    CHECK(kind_of(ran, "t0") == "task_failed");
    CHECK(code_of(ran, "t0") == "task_timeout");
    CHECK(holds(message_of(ran, "t0"), "quota refunded"));
    CHECK(line_of(ran, "t0")["cost"].is_null());
    CHECK(line_of(ran, "t0")["maybe_billed"] == 0);
    CHECK(line_of(ran, "t0")["remote_id"] == "task_1");
    CHECK(ran.posts() == 1);
    CHECK(live_through(night, folder).seen.empty());
}
