// What the queue keeps of a task's attempts, whether they ended it or not.

#include "tests/storage/store_fixture.hpp"

#include <doctest/doctest.h>

using namespace nightshift;
using namespace nightshift::test;

TEST_CASE_FIXTURE(StoreFixture, "a late writer cannot end a row that has another attempt") {
    load(*store, {task_named("a")});
    const auto row = claim_all(*store).front();
    REQUIRE(intend(*store, row, 1));
    auto again = again_of(row, 1);
    REQUIRE(end(*store, again));
    REQUIRE(intend(*store, claim_all(*store).front(), 2));

    CHECK_FALSE(end(*store, success_of(row, 1)));
    CHECK(end(*store, success_of(row, 2)));
    CHECK_FALSE(end(*store, success_of(row, 2)));
}

TEST_CASE_FIXTURE(StoreFixture, "an attempt that was not sent does not count as a POST") {
    load(*store, {task_named("a")});
    const auto row = claim_all(*store).front();
    REQUIRE(intend(*store, row));
    auto again = again_of(row);
    again.attempt.sent = false;
    REQUIRE(end(*store, again));

    CHECK(store->find("a")->row.attempts == 0);
    CHECK(store->find("a")->attempts.size() == 1);
}

TEST_CASE_FIXTURE(StoreFixture, "a task keeps the attempts of all its rounds") {
    load(*store, {task_named("a")});
    const auto row = claim_all(*store).front();
    const auto numbers = [this] {
        std::vector<std::int64_t> all;
        const auto view = store->find("a").value();
        for (const auto& attempt : view.attempts) all.push_back(attempt.number);
        return all;
    };
    REQUIRE(intend(*store, row, 1));
    auto again = again_of(row, 1);
    REQUIRE(end(*store, again));
    REQUIRE(intend(*store, claim_all(*store).front(), 2));
    Ending failure = success_of(row, 2);
    failure.state = State::failed;
    failure.attempt.verdict = "overloaded";
    failure.attempt.http_status = 529;
    failure.attempt.message = "busy";
    REQUIRE(end(*store, failure));
    CHECK(numbers() == std::vector<std::int64_t>{1, 2});

    Selection failed;
    failed.states = {State::failed};
    store->transact([&] { CHECK(store->requeue(failed, 9, {}).count == 1); });
    CHECK(numbers() == std::vector<std::int64_t>{1, 2});
    reopen();
    REQUIRE(intend(*store, claim_all(*store).front(), 3));
    REQUIRE(end(*store, success_of(row, 3)));

    CHECK(numbers() == std::vector<std::int64_t>{1, 2, 3});
    const auto second = store->find("a")->attempts.at(1);
    CHECK(second.verdict == "overloaded");
    CHECK(second.http_status == 529);
    CHECK(second.message == "busy");
    CHECK(second.started_at == failure.attempt.started_at);
    CHECK(second.ended_at == failure.attempt.ended_at);
}

TEST_CASE_FIXTURE(StoreFixture, "a task that another body replaced keeps its attempts") {
    load(*store, {task_named("a")});
    const auto row = claim_all(*store).front();
    REQUIRE(intend(*store, row, 1));
    REQUIRE(end(*store, success_of(row, 1)));
    auto other = task_named("a");
    other.body = R"({"other":1})";
    store->transact([&] {
        store->begin_load(1);
        CHECK(store->add(other, OnChange::replace).what == Added::What::replaced);
    });
    REQUIRE(intend(*store, claim_all(*store).front(), 2));
    REQUIRE(end(*store, success_of(row, 2)));
    CHECK(store->find("a")->attempts.size() == 2);
}

TEST_CASE_FIXTURE(StoreFixture,
                  "an attempt that was accepted is corrected, not doubled, by the ending") {
    load(*store, {task_named("a")});
    const auto row = claim_all(*store).front();
    REQUIRE(intend(*store, row));
    auto record = success_of(row).attempt;
    store->transact([&] { store->accept(record, "task_1"); });
    auto ending = success_of(row);
    ending.attempt.verdict = "unknown_outcome";
    REQUIRE(end(*store, ending));
    const auto attempts = store->find("a")->attempts;
    REQUIRE(attempts.size() == 1);
    CHECK(attempts[0].verdict == "unknown_outcome");
}
