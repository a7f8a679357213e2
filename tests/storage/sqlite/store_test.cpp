#include "storage/sqlite/store.hpp"

#include "base/failure.hpp"
#include "tests/fakes/scratch.hpp"
#include "tests/storage/store_fixture.hpp"

#include <doctest/doctest.h>

#include <unistd.h>

#include <filesystem>

using namespace nightshift;
using namespace nightshift::test;
namespace fs = std::filesystem;

TEST_CASE_FIXTURE(StoreFixture, "adding the same manifest twice adds nothing") {
    load(*store, {task_named("a"), task_named("b")});
    load(*store, {task_named("a"), task_named("b")});

    CHECK(count(State::pending) == 2);
    CHECK(claim_all(*store).size() == 2);
}

TEST_CASE_FIXTURE(StoreFixture, "fault row 87: a changed body under a known id is met by policy") {
    load(*store, {task_named("a", "1")});
    Added added;
    auto add = [&](OnChange policy) {
        store->transact([&] {
            store->begin_load(1);
            added = store->add(task_named("a", "2"), policy);
        });
        return added.what;
    };

    CHECK(add(OnChange::error) == Added::What::changed);
    CHECK(added.line == 1);
    CHECK(add(OnChange::skip) == Added::What::changed);
    CHECK(add(OnChange::replace) == Added::What::replaced);
    CHECK(claim_all(*store).front().body == "2");
}

TEST_CASE_FIXTURE(StoreFixture,
                  "a task keeps its estimate, and a replaced one gets that of its new body") {
    auto task = task_named("a", "1");
    task.estimate = {
        .input_tokens = 1, .output_tokens_max = 2, .images = 3, .seconds = 4.5, .characters = 6};
    load(*store, {task});
    reopen();
    CHECK(store->find("a")->row.estimate == task.estimate);
    task.body = "2";
    task.estimate.input_tokens = 7;
    load(*store, {task}, OnChange::replace);
    CHECK(claim_all(*store).at(0).estimate == task.estimate);
}

TEST_CASE_FIXTURE(StoreFixture, "fault row 87: a task under way is never replaced") {
    load(*store, {task_named("a", "1")});
    const auto row = claim_all(*store).front();
    REQUIRE(intend(*store, row));

    Added added;
    store->transact([&] {
        store->begin_load(1);
        added = store->add(task_named("a", "2"), OnChange::replace);
    });

    CHECK(added.what == Added::What::changed);
    CHECK(added.state == State::running);
}

TEST_CASE_FIXTURE(StoreFixture, "a load that fails leaves nothing behind") {
    CHECK_THROWS_AS(store->transact([&] {
        store->begin_load(1);
        store->add(task_named("a"), OnChange::error);
        throw UsageError("a bad line");
    }),
                    UsageError);

    load(*store, {task_named("b")});
    CHECK(count(State::pending) == 1);
    CHECK(claim_all(*store).front().id == "b");
}

TEST_CASE_FIXTURE(StoreFixture, "no row is claimed twice until it is given back") {
    load(*store, {task_named("a"), task_named("b"), task_named("c")});
    CHECK(claim_all(*store, 2).size() == 2);
    const auto rest = claim_all(*store, 2);
    REQUIRE(rest.size() == 1);
    CHECK(claim_all(*store).empty());

    store->release(rest.front().row);

    CHECK(claim_all(*store).size() == 1);
}

TEST_CASE_FIXTURE(StoreFixture, "rows come in order of priority, then age") {
    auto urgent = task_named("urgent");
    urgent.priority = 5;
    load(*store, {task_named("first"), urgent, task_named("second")});

    const auto rows = claim_all(*store);

    REQUIRE(rows.size() == 3);
    CHECK(rows[0].id == "urgent");
    CHECK(rows[1].id == "first");
    CHECK(rows[2].id == "second");
}

TEST_CASE_FIXTURE(StoreFixture, "an intent survives a crash as a running row") {
    load(*store, {task_named("a")});
    REQUIRE(intend(*store, claim_all(*store).front()));

    reopen();

    const auto rows = store->unfinished(State::running);
    REQUIRE(rows.size() == 1);
    CHECK(rows.front().tries == 1);
    CHECK(rows.front().attempts == 1);
    CHECK(count(State::running) == 1);
}

TEST_CASE_FIXTURE(StoreFixture, "an accepted task keeps its remote id and is never pending again") {
    load(*store, {task_named("a")});
    const auto row = claim_all(*store).front();
    REQUIRE(intend(*store, row));
    AttemptRecord record = success_of(row).attempt;
    store->transact([&] { store->accept(record, "task_1"); });

    reopen();

    const auto rows = store->unfinished(State::submitted);
    REQUIRE(rows.size() == 1);
    CHECK(rows.front().notes.at("remote_id") == "task_1");
    CHECK(claim_all(*store).empty());
}

TEST_CASE_FIXTURE(StoreFixture, "an ending and its ledger row appear together or not at all") {
    load(*store, {task_named("a"), task_named("b")});
    const auto rows = claim_all(*store);
    REQUIRE(intend(*store, rows[0]));

    CHECK_THROWS(store->transact([&] {
        store->end(success_of(rows[0]));
        throw StorageError("power");
    }));
    CHECK(store->ledger_after(0, 10).empty());
    CHECK(count(State::running) == 1);

    CHECK(end(*store, success_of(rows[0])));
    CHECK(store->ledger_after(0, 10).size() == 1);
    CHECK(store->take_committed().size() == 1);
    CHECK(count(State::succeeded) == 1);
}

TEST_CASE_FIXTURE(StoreFixture, "what endings cost is kept with them, or not at all") {
    load(*store, {task_named("a")});
    const auto row = claim_all(*store).at(0);
    intend(*store, row);
    auto again = success_of(row);
    again.state = State::pending;
    again.charge = {.cost = 0.1, .maybe_cost = 0.25, .estimated_cost = 0.5};
    CHECK_THROWS(store->transact([&] {
        store->end(again);
        throw StorageError("no");
    }));
    CHECK(store->spent().cost == 0);
    store->transact([&] { CHECK(store->end(again)); });
    intend(*store, row, 2);
    auto good = success_of(row, 2);
    good.charge = {.cost = 0.2, .maybe_cost = -0.25, .estimated_cost = 0.5};
    store->transact([&] { CHECK(store->end(good)); });
    store->transact([&] { CHECK_FALSE(store->end(good)); });  // a late writer
    reopen();
    CHECK(store->find("a")->row.cost == doctest::Approx(0.3));
    CHECK(store->spent().cost == doctest::Approx(0.3));
    CHECK(store->spent().maybe_cost == 0);
    CHECK(store->spent().estimated_cost == 1);
}

TEST_CASE_FIXTURE(StoreFixture, "a row that waits is claimed when its time has come") {
    load(*store, {task_named("a")});
    const auto row = claim_all(*store).front();
    REQUIRE(intend(*store, row));
    auto again = again_of(row);
    again.ready_at = 500;
    REQUIRE(end(*store, again));

    CHECK(claim_all(*store, 10, 499).empty());
    CHECK(store->next_ready_at() == 500);
    CHECK(claim_all(*store, 10, 500).size() == 1);
}

TEST_CASE_FIXTURE(StoreFixture, "counts kept by transactions equal counts made by counting") {
    load(*store, {task_named("a"), task_named("b"), task_named("c")});
    const auto rows = claim_all(*store);
    intend(*store, rows[0]);
    end(*store, success_of(rows[0]));
    intend(*store, rows[1]);

    for (const auto state : {State::pending, State::running, State::succeeded}) {
        Selection selection;
        selection.states = {state};
        CHECK(count(state) == store->count_of(selection));
    }
}

TEST_CASE_FIXTURE(StoreFixture, "a selection by tag and by number works on what it names") {
    auto tagged = task_named("tagged");
    tagged.envelope = R"({"tags":["night"]})";
    load(*store, {task_named("a"), tagged, task_named("b")});
    Selection by_tag;
    by_tag.tags = {"night"};
    CHECK(store->count_of(by_tag) == 1);

    Selection first;
    first.limit = 1;
    std::int64_t chosen = 0;
    store->transact([&] { chosen = store->select(first); });

    CHECK(chosen == 1);
    const auto rows = claim_all(*store);
    REQUIRE(rows.size() == 1);
    CHECK(rows.front().id == "a");
}

TEST_CASE_FIXTURE(StoreFixture,
                  "retry polls what the gateway has and pays again only for the rest") {
    load(*store, {task_named("a"), task_named("b")});
    auto rows = claim_all(*store);
    for (auto& row : rows) {
        intend(*store, row);
        if (row.id == "a")
            store->transact([&] { store->accept(success_of(row).attempt, "task_1"); });
        auto failed = success_of(row);
        failed.state = State::failed;
        failed.has_attempt = false;
        failed.error_kind = "bad_media";
        REQUIRE(end(*store, failed));
    }
    Selection failed;
    failed.states = {State::failed};
    store->transact([&] { CHECK(store->requeue(failed, 9, {}).count == 2); });

    CHECK(store->unfinished(State::submitted).front().id == "a");
    CHECK(claim_all(*store).front().id == "b");
}

TEST_CASE_FIXTURE(StoreFixture,
                  "cancel ends what was not sent, with a ledger line, and nothing else") {
    load(*store, {task_named("a"), task_named("b")});
    const auto row = claim_all(*store).front();
    intend(*store, row);
    Moved moved;
    store->transact([&] {
        moved = store->cancel({}, 7, [](const Row& each) { return "line of " + each.id; }, {});
    });

    CHECK(moved.count == 1);
    CHECK_FALSE(moved.more);
    CHECK(store->ledger_after(0, 10).front().text == "line of b");
    CHECK(count(State::running) == 1);
    CHECK(count(State::cancelled) == 1);
}

TEST_CASE_FIXTURE(StoreFixture, "cancel gives up held tasks only where the selection names them") {
    load(*store, {task_named("a"), task_named("b")});
    const auto row = claim_all(*store).front();
    intend(*store, row);
    auto held = success_of(row);
    held.state = State::held;
    held.attempt.maybe_billed = true;
    held.error_kind = "ambiguous_submit";
    REQUIRE(end(*store, held));
    std::int64_t maybe_billed = 0;
    const auto cancelled = [&](std::vector<State> states) {
        Selection selection;
        selection.states = std::move(states);
        Moved moved;
        store->transact([&] {
            moved = store->cancel(
                selection, 7,
                [&](const Row& each) {
                    maybe_billed += each.maybe_billed;
                    return "line of " + each.id;
                },
                {});
        });
        return moved.count;
    };

    CHECK(cancelled({State::submitted}) == 0);
    CHECK(cancelled({}) == 1);
    CHECK(count(State::held) == 1);
    CHECK(cancelled({State::pending, State::held}) == 1);

    CHECK(maybe_billed == 1);
    CHECK(count(State::held) == 0);
    CHECK(count(State::cancelled) == 2);
    CHECK(store->find("a")->row.maybe_billed == 1);
}

TEST_CASE_FIXTURE(StoreFixture,
                  "fault row 117: many tasks are cancelled and requeued in batches, each whole") {
    load(*store, {task_named("a"), task_named("b"), task_named("c"), task_named("d")});
    const auto line_of = [](const Row& each) { return "line of " + each.id; };
    const auto cancel = [&](const Batch& batch) {
        Moved moved;
        store->transact([&] { moved = store->cancel({}, 7, line_of, batch); });
        return moved;
    };
    auto moved = cancel({.rows = 2});
    CHECK(moved.count == 2);
    CHECK(moved.more);
    CHECK(count(State::cancelled) == 2);
    CHECK(count(State::pending) == 2);

    moved = cancel({.after = moved.last, .bytes = 1});  // one line is enough
    CHECK(moved.count == 1);
    CHECK(moved.more);

    moved = cancel({});  // from the beginning, as after an interruption
    CHECK(moved.count == 1);
    CHECK_FALSE(moved.more);
    std::string lines;
    for (const auto& line : store->ledger_after(0, 10)) lines += line.text + ",";
    CHECK(lines == "line of a,line of b,line of c,line of d,");

    Selection cancelled;
    cancelled.states = {State::cancelled};
    store->transact([&] { moved = store->requeue(cancelled, 9, {.rows = 3}); });
    CHECK(moved.count == 3);
    CHECK(moved.more);
    store->transact([&] { moved = store->requeue(cancelled, 9, {.after = moved.last}); });
    CHECK(moved.count == 1);
    CHECK_FALSE(moved.more);
    CHECK(count(State::pending) == 4);
}

TEST_CASE_FIXTURE(StoreFixture, "quotes in ids and kinds are data, not SQL") {
    load(*store, {task_named("o'brien")});
    Selection selection;
    selection.ids = {"o'brien"};
    CHECK(store->count_of(selection) == 1);
    selection.ids = {"' OR 1 --"};
    CHECK(store->count_of(selection) == 0);
}

TEST_CASE_FIXTURE(StoreFixture, "readers see the queue beside its writer and cannot change it") {
    load(*store, {task_named("a")});
    SqliteStore reader(path / "q.db", SqliteDb::Mode::read_only);
    CHECK(reader.find("a").has_value());
    CHECK_THROWS_AS(reader.transact([&] { reader.set_meta("x", "y"); }), StorageError);
}

TEST_CASE("a queue that was read-only for a while can be written again, its log included") {
    const ScratchFolder folder;
    const auto queue = folder.path() / "q.db";
    const SqliteStore keeps_log(queue, SqliteDb::Mode::read_write);
    const std::string log = queue.string() + "-wal";
    REQUIRE(fs::exists(log));
    const auto owner_may_write = [&] {
        return (fs::status(log).permissions() & fs::perms::owner_write) != fs::perms::none;
    };
    const auto open = [&] { const SqliteStore store(queue, SqliteDb::Mode::read_write); };
    fs::permissions(log, fs::perms::owner_read);
    fs::permissions(queue, fs::perms::owner_read);
    const bool is_root = geteuid() == 0;  // no mode keeps it from writing
    if (is_root) open();
    CHECK_FALSE(owner_may_write());  // as long as the queue is not
    fs::permissions(queue, fs::perms::owner_read | fs::perms::owner_write);
    open();
    CHECK(owner_may_write());
}
