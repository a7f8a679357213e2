#include "engine/money.hpp"

#include <doctest/doctest.h>

using namespace nightshift;
using doctest::Approx;

namespace {

// One unit for an output token, nothing for anything else.
PriceTable unit_prices() {
    Price price;
    price.output_per_mtok = 1e6;
    return {{"m", price}};
}

Row row_of(std::int64_t output_tokens_max, std::int64_t number = 1) {
    Row row;
    row.row = number;
    row.lane = 1;
    row.id = "r";
    row.model = "m";
    row.estimate.output_tokens_max = output_tokens_max;
    return row;
}

Outcome reply_of(std::int64_t output_tokens) {
    Outcome outcome;
    outcome.usage.output_tokens = output_tokens;
    return outcome;
}

// The most that a budget must have for the row to start.
double estimate_of(const Money& money, const Row& row) {
    auto copy = money;
    const double before = copy.budget().reserved();
    copy.reserve(row);
    return copy.budget().reserved() - before;
}

constexpr Deed own_post = {.posted = true, .sent = true, .answered = true};

}  // namespace

TEST_CASE("output is estimated by the line's bound, or 1,000 tokens, until 20 replies are known") {
    Money money(unit_prices(), 100'000);
    CHECK(estimate_of(money, row_of(4000)) == 4000);
    CHECK(estimate_of(money, row_of(0)) == 1000);
    for (int i = 0; i < 19; ++i) money.of_success(row_of(0), {}, reply_of(100));
    CHECK(estimate_of(money, row_of(4000)) == 4000);
    money.of_success(row_of(0), {}, reply_of(100));
    CHECK(estimate_of(money, row_of(4000)) == Approx(150));
    CHECK(estimate_of(money, row_of(120)) == 120);
    CHECK(estimate_of(money, row_of(0)) == Approx(150));
    auto other_lane = row_of(4000);
    other_lane.lane = 2;
    CHECK(estimate_of(money, other_lane) == 4000);
}

TEST_CASE("input that a cache held or took has prices of its own, else that of all input") {
    struct Row {
        std::optional<double> cached, write;
        double cost;
    };
    const Row rows[] = {
        {{}, {}, 100}, {0.1, {}, 55}, {{}, 2.0, 120}, {0.1, 2.0, 75}, {0.0, 0.0, 30},
    };
    auto outcome = reply_of(0);
    outcome.usage.input_tokens = 100;
    outcome.usage.cached_tokens = 50;
    outcome.usage.cache_write_tokens = 20;
    for (const auto& row : rows) {
        Price price;
        price.input_per_mtok = 1e6;
        if (row.cached) price.cached_input_per_mtok = *row.cached * 1e6;
        if (row.write) price.cache_write_per_mtok = *row.write * 1e6;
        Money money({{"m", price}}, 1000);
        CHECK(money.of_success(row_of(0), {}, outcome).cost == Approx(row.cost));
    }
    outcome.usage.cached_tokens = 500;  // more than there is
    Price price;
    price.input_per_mtok = 1e6;
    price.cached_input_per_mtok = 0;
    Money money({{"m", price}}, 1000);
    CHECK(money.of_success(row_of(0), {}, outcome).cost == Approx(0));
}

TEST_CASE("what a reply leaves unsaid is paid by the estimate") {
    Money money(unit_prices(), {});
    CHECK(money.of_success(row_of(4000), {}, reply_of(7)).cost == 7);
    CHECK(money.of_success(row_of(4000), {}, {}).cost == 4000);
    auto free = row_of(4000);
    free.model = "without a price";
    CHECK(money.of_success(free, {}, reply_of(7)).cost == 0);
}

TEST_CASE("failures cost what is known of them") {
    const Money money(unit_prices(), {});
    const auto charge = [&](Kind kind, Billing billing, const Deed& deed) {
        const Failure failure{.kind = kind, .code = "", .message = "", .billing = billing};
        return money.of_failure(row_of(100), failure, deed);
    };
    const Deed unanswered{.posted = true, .sent = true};
    const Deed unsent{.posted = true};
    const Deed polled{.accepted = true};
    for (const auto kind : {Kind::no_output, Kind::truncated, Kind::invalid_output}) {
        CHECK(charge(kind, Billing::known, own_post).cost == 100);
    }
    CHECK(charge(Kind::result_expired, Billing::none, polled).cost == 100);
    CHECK(charge(Kind::timeout, Billing::unknown, unanswered).cost == 0);
    CHECK(charge(Kind::timeout, Billing::unknown, unanswered).maybe_cost == 100);
    CHECK(charge(Kind::network, Billing::unknown, unsent).maybe_cost == 0);
    CHECK(charge(Kind::task_deadline, Billing::none, polled).maybe_cost == 100);
    CHECK(charge(Kind::task_failed, Billing::known, polled).cost == 0);
    CHECK(charge(Kind::invalid_request, Billing::none, unanswered).cost == 0);
    CHECK(charge(Kind::rate_limited, Billing::none, unanswered).maybe_cost == 0);
}

TEST_CASE("an answer that its bound cut off used all of it, however short the others were") {
    Money money(unit_prices(), {});
    for (int i = 0; i < 20; ++i) money.of_success(row_of(0), {}, reply_of(10));
    const Failure cut{
        .kind = Kind::truncated, .code = "", .message = "", .billing = Billing::known};
    CHECK(money.of_failure(row_of(4000), cut, own_post).cost == 4000);
    CHECK(money.of_failure(row_of(0), cut, own_post).cost == Approx(15));
}

TEST_CASE("a result that is fetched later is paid once, and corrects what was put down for it") {
    Money money(unit_prices(), 1000);
    auto row = row_of(100);
    row.state = State::submitted;
    row.notes["remote_id"] = "task_1";
    Ending ending;
    ending.attempt.row = row.row;
    const Deed polled{.accepted = true};
    Money::charge(ending, row, {.maybe_cost = 100}, polled);
    money.ended(ending);
    CHECK(money.budget().spent() == 100);

    row.notes.insert(ending.notes.begin(), ending.notes.end());
    CHECK(estimate_of(money, row) == 0);  // it is in `spent` already
    Ending fetched;
    fetched.attempt.row = row.row;
    Money::charge(fetched, row, {.cost = 60, .estimated_cost = 100}, polled);
    money.ended(fetched);
    CHECK(fetched.charge.cost == 60);
    CHECK(money.budget().spent() == 60);
    CHECK(money.total().maybe_cost == 0);
}

TEST_CASE("another POST is paid besides, whatever was put down for an earlier one") {
    Money money(unit_prices(), 1000);
    auto row = row_of(100);
    row.notes["charged"] = "100 0 100";
    Ending ending;
    ending.attempt.row = row.row;
    Money::charge(ending, row, {.cost = 60}, own_post);
    CHECK(ending.charge.cost == 60);
    CHECK(ending.notes.at("charged") == "");
    CHECK(estimate_of(money, row) == 100);
}

TEST_CASE("a row whose paid result only wants to be fetched may always start") {
    Money money(unit_prices(), 1);
    auto row = row_of(100);
    CHECK(money.may_start(row) == Budget::Start::never);
    row.notes["result_link"] = "https://cdn.example/1.wav";
    CHECK(money.may_start(row) == Budget::Start::yes);
}

TEST_CASE("the end of the budget is told with the budget, what is spent, and the next task") {
    Money money(unit_prices(), 150);
    money.begin({.cost = 60, .maybe_cost = 40, .estimated_cost = 80});
    const auto why = money.why_never(row_of(100));
    CHECK(why.find("--budget 150: 100 is spent, and the next task (r) is estimated at 100") == 0);
}
