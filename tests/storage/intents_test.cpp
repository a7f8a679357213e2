// Intents, which stand beside their tasks' rows until these have ended.

#include "storage/sqlite/intents.hpp"
#include "tests/storage/store_fixture.hpp"

#include <doctest/doctest.h>

#include <stdexcept>

using namespace nightshift;
using namespace nightshift::test;

namespace {

struct IntentFixture : StoreFixture {
    // Rows a, b and c, the first of them under way.
    IntentFixture() {
        load(*store, {task_named("a"), task_named("b"), task_named("c")});
        rows = claim_all(*store);
        REQUIRE(intend(*store, rows[0]));
    }
    std::int64_t rows_of_intents() {
        SqliteDb db(path / "q.db", SqliteDb::Mode::read_only);
        Statement read(db, "SELECT count(*) FROM intent");
        return read.step() ? read.integer(0) : -1;
    }
    static Selection in(State state) {
        Selection selection;
        selection.states = {state};
        return selection;
    }

    std::vector<Row> rows;
};

std::vector<std::string> ids_of(const std::vector<Chosen>& chosen) {
    std::vector<std::string> ids;
    for (const auto& row : chosen) ids.push_back(row.id);
    return ids;
}

using Ids = std::vector<std::string>;

}  // namespace

TEST_CASE_FIXTURE(IntentFixture, "a reader sees a task as running that its row calls pending") {
    SqliteStore reader(path / "q.db", SqliteDb::Mode::read_only);
    CHECK(rows_of_intents() == 1);

    const auto task = reader.find("a").value();
    CHECK(task.row.state == State::running);
    CHECK(task.row.tries == 1);
    CHECK(task.row.attempts == 1);
    CHECK(task.row.started_at == 1);
    CHECK(reader.find("b")->row.state == State::pending);
    CHECK(reader.count_of(in(State::pending)) == 2);
    CHECK(reader.count_of(in(State::running)) == 1);
    CHECK(ids_of(reader.choose(in(State::pending))) == Ids{"b", "c"});
    CHECK(ids_of(reader.choose(in(State::running))) == Ids{"a"});
    CHECK(reader.choose({}).at(0).state == State::running);
    CHECK(reader.unfinished(State::running).at(0).tries == 1);
    for (const auto& count : reader.counts()) {
        if (count.state == State::running) CHECK(count.oldest_at == task.row.queued_at);
    }
    CHECK(rows_of_intents() == 1);
}

TEST_CASE_FIXTURE(IntentFixture, "intents leave the queue when the last of their turn has ended") {
    store->transact([&] {
        REQUIRE(store->intend(rows[1].row, 1, 2));
        REQUIRE(store->intend(rows[2].row, 1, 3));
    });
    CHECK(rows_of_intents() == 2);
    REQUIRE(end(*store, success_of(rows[1])));
    CHECK(rows_of_intents() == 2);
    REQUIRE(end(*store, again_of(rows[2])));
    CHECK(rows_of_intents() == 1);
    REQUIRE(end(*store, success_of(rows[0])));
    CHECK(rows_of_intents() == 0);

    SqliteStore reader(path / "q.db", SqliteDb::Mode::read_only);
    const auto again = reader.find("c").value().row;
    CHECK(again.state == State::pending);
    CHECK(again.tries == 1);
    CHECK(again.attempts == 1);
    CHECK(again.started_at == 3);
}

TEST_CASE_FIXTURE(IntentFixture, "a task that waits again is pending beside its turn's others") {
    store->transact([&] {
        REQUIRE(store->intend(rows[1].row, 1, 2));
        REQUIRE(store->intend(rows[2].row, 1, 3));
    });
    REQUIRE(end(*store, again_of(rows[1])));
    {
        SqliteStore reader(path / "q.db", SqliteDb::Mode::read_only);
        CHECK(reader.find("b")->row.state == State::pending);
    }
    reopen();
    CHECK(store->find("b")->row.state == State::pending);
    CHECK(store->unfinished(State::running).size() == 2);
}

TEST_CASE_FIXTURE(IntentFixture, "a task that is under way is not claimed again, even given back") {
    store->release(rows[0].row);
    store->release(rows[1].row);
    store->transact([&] { REQUIRE(store->intend(rows[1].row, 1, 2)); });
    store->release(rows[2].row);
    const auto again = claim_all(*store);
    REQUIRE(again.size() == 1);
    CHECK(again[0].id == "c");
    CHECK_FALSE(intend(*store, rows[0], 2));
}

TEST_CASE_FIXTURE(IntentFixture, "an intent outlives a turn that was rolled back") {
    CHECK_THROWS_AS(store->transact([&] {
        REQUIRE(store->intend(rows[1].row, 1, 2));
        throw std::runtime_error("the disk is full");
    }),
                    std::runtime_error);
    {
        SqliteStore reader(path / "q.db", SqliteDb::Mode::read_only);
        CHECK(reader.find("a")->row.state == State::running);
        CHECK(reader.find("b")->row.state == State::pending);
    }
    CHECK(end(*store, success_of(rows[0])));
    CHECK_FALSE(end(*store, success_of(rows[1])));
    CHECK(intend(*store, rows[1]));
    CHECK(end(*store, success_of(rows[1])));
    CHECK(rows_of_intents() == 0);
    CHECK(store->find("a")->row.attempts == 1);
    CHECK(store->find("b")->row.attempts == 1);
}

TEST_CASE_FIXTURE(IntentFixture, "what is under way is neither cancelled nor selected as pending") {
    store->transact(
        [&] { CHECK(store->cancel({}, 9, [](const Row& row) { return row.id; }, {}).count == 2); });
    CHECK(store->find("a")->row.state == State::running);
    CHECK(store->find("b")->row.state == State::cancelled);
    CHECK(end(*store, success_of(rows[0])));
    CHECK(store->find("a")->row.state == State::succeeded);
    CHECK(store->find("a")->row.attempts == 1);
}

TEST_CASE_FIXTURE(IntentFixture, "a selection takes what is under way with what is not") {
    Selection first;
    first.limit = 1;
    CHECK(store->select(first) == 1);
    for (const auto& row : rows) store->release(row.row);
    const auto chosen = claim_all(*store);
    REQUIRE(chosen.size() == 1);
    CHECK(chosen[0].id == "b");
}

TEST_CASE_FIXTURE(IntentFixture, "an accepted task has its intent in its row") {
    AttemptRecord attempt = success_of(rows[0]).attempt;
    store->transact([&] { store->accept(attempt, "task_1"); });
    CHECK(rows_of_intents() == 0);
    reopen();
    const auto submitted = store->unfinished(State::submitted);
    REQUIRE(submitted.size() == 1);
    CHECK(submitted[0].tries == 1);
    CHECK(submitted[0].attempts == 1);
    CHECK(submitted[0].started_at == 1);
}

TEST_CASE_FIXTURE(IntentFixture, "after a crash intents stand in the rows of their tasks") {
    store->transact([&] { REQUIRE(store->intend(rows[2].row, 1, 5)); });
    reopen();
    const auto running = store->unfinished(State::running);
    CHECK(rows_of_intents() == 0);
    REQUIRE(running.size() == 2);
    CHECK(running[0].id == "a");
    CHECK(running[1].id == "c");
    CHECK(running[1].tries == 1);
    CHECK(running[1].attempts == 1);
    CHECK(running[1].started_at == 5);
    CHECK(count(State::running) == 2);
    CHECK(end(*store, success_of(rows[2])));
    CHECK(store->find("c")->row.attempts == 1);
}

TEST_CASE("intents of a turn are one JSON text") {
    IntentTurns turns;
    CHECK(turns.rows().empty());
    const auto turn = turns.add(7, 1, 1'700'000'000'000);
    CHECK(turns.add(8, 2, 5) == turn);
    CHECK(turns.rows() == "[[7,1,1700000000000],[8,2,5]]");
    turns.next();
    CHECK(turns.rows().empty());
    CHECK(turns.add(9, 1, 5) != turn);
    turns.end(turn);
    CHECK(turns.over().empty());
    turns.end(turn);
    CHECK(turns.over() == std::vector{turn});
}
