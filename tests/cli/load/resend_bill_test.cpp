#include "cli/load/requeue_cost.hpp"

#include <doctest/doctest.h>

using namespace nightshift;
using namespace nightshift::cli;

namespace {

Chosen failed(const char* kind) {
    Chosen row;
    row.id = row.model = "m";
    row.state = State::failed;
    row.error_kind = kind;
    return row;
}

}  // namespace

TEST_CASE("a failed task may be paid twice when its answer, or its task at the gateway, was paid") {
    Price price;
    price.per_task = 2;
    const PriceTable prices = {{"*", price}};
    for (const char* kind : {"no_output", "truncated", "invalid_output", "bad_media", "task_lost",
                             "task_deadline", "result_expired", "unsafe_url"}) {
        CAPTURE(kind);
        const auto bill = resend_bill({failed(kind)}, prices);
        CHECK(bill.twice() == 1);
        CHECK(bill.cost_twice == doctest::Approx(2));
    }
    for (const char* kind : {"invalid_request", "content_rejected", "model_unavailable",
                             "server_error", "task_failed", "task_cancelled"}) {
        CAPTURE(kind);
        CHECK(resend_bill({failed(kind)}, prices).twice() == 0);
    }
    auto polled = failed("bad_media");
    polled.polls_again = true;
    CHECK(resend_bill({polled}, prices).twice() == 0);
}
