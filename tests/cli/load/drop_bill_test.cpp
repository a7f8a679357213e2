#include "cli/load/requeue_cost.hpp"

#include <doctest/doctest.h>

using namespace nightshift;
using namespace nightshift::cli;

namespace {

Chosen row(const char* model, State state, std::int64_t maybe_billed = 0) {
    Chosen made;
    made.id = "t";
    made.model = model;
    made.state = state;
    made.maybe_billed = maybe_billed;
    return made;
}

PriceTable prices() {
    Price price;
    price.per_task = 0.5;
    return {{"gpt-5.4", price}};
}

}  // namespace

TEST_CASE("dropping says what it saves, what may be paid already, and what goes on") {
    const std::vector<Chosen> unsent = {row("gpt-5.4", State::pending),
                                        row("gpt-5.4", State::pending, 2),
                                        row("gpt-5.4", State::pending)};
    const std::vector<Chosen> beyond = {row("gpt-5.4", State::submitted),
                                        row("gpt-5.4", State::running)};
    const auto bill = drop_bill(unsent, beyond, prices());
    CHECK(bill.cost == doctest::Approx(1.5));
    CHECK(bill.cost_maybe_paid == doctest::Approx(0.5));
    CHECK(bill.cost_beyond == doctest::Approx(1));
    CHECK(text_of(bill) ==
          "3 unsent tasks will be dropped. That saves an estimated 1.5. 1 of them may have been "
          "paid by an earlier try (estimated at 0.5).");
    CHECK(text_of_beyond(bill) ==
          "2 accepted or sent tasks cannot be cancelled: they finish and are billed (estimated at "
          "1)");
}

TEST_CASE("held tasks are given up: that saves nothing, and may have been paid") {
    const std::vector<Chosen> dropped = {row("gpt-5.4", State::held, 1),
                                         row("gpt-5.4", State::pending),
                                         row("gpt-5.4", State::held, 1)};
    const auto bill = drop_bill(dropped, {}, prices());
    CHECK(bill.tasks == 3);
    CHECK(bill.cost == doctest::Approx(0.5));
    CHECK(text_of(bill) ==
          "1 unsent task will be dropped. That saves an estimated 0.5. 2 held tasks will be given "
          "up: only `retry` sends them again. 2 of them may have been paid by an earlier try "
          "(estimated at 1).");
    const auto alone = drop_bill({row("gpt-5.4", State::held, 1)}, {}, {});
    CHECK(text_of(alone) ==
          "1 held task will be given up: only `retry` sends it again. 1 of them may have been paid "
          "by an earlier try.");
}

TEST_CASE("where a model has no price, nothing is said of money") {
    const auto without = drop_bill({row("gpt-5.4", State::pending, 1)}, {}, {});
    CHECK(text_of(without) ==
          "1 unsent task will be dropped. 1 of them may have been paid by an earlier try.");
    CHECK(text_of_beyond(without).empty());
    const auto half =
        drop_bill({row("gpt-5.4", State::pending)}, {row("GLM-5", State::submitted)}, prices());
    CHECK(half.cost == doctest::Approx(0.5));
    CHECK(!half.cost_beyond);
}
