// Which rows a selection means, and what the views say of them.

#include "storage/sqlite/store.hpp"
#include "tests/fakes/scratch.hpp"
#include "tests/storage/store_contract.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace nightshift;
using namespace nightshift::test;

namespace {

using Ids = std::vector<std::string>;

struct Filled {
    Filled() : store(folder.path() / "q.db", SqliteDb::Mode::read_write) {
        add("a", "gpt-5.4", R"({"tags":["x"],"metadata":{"split":"train","fold":1}})");
        add("b", "gpt-5.4", R"({"tags":["y"],"metadata":{"split":"test","good":true}})");
        add("c", "glm-5", R"({"tags":["x","y"]})");
        add("d", "glm-5", "{}");
    }
    void add(const char* id, const char* model, const char* envelope) {
        auto task = task_named(id);
        task.model = model;
        task.envelope = envelope;
        task.estimate.input_tokens = 7;
        load(store, {task});
    }
    void end_as(const std::string& id, State state, const std::string& kind,
                const std::string& flags = "", double cost = 0) {
        for (auto& row : claim_all(store)) {
            if (row.id != id) {
                store.release(row.row);
                continue;
            }
            Ending ending;
            ending.attempt.row = row.row;
            ending.attempt.number = 1;
            ending.state = state;
            ending.finished_at = 9;
            ending.error_kind = kind;
            ending.flags = flags;
            ending.charge.cost = cost;
            ending.ledger_line = "line of " + id;
            store.transact([&] { REQUIRE(store.intend(row.row, 1, 1)); });
            store.transact([&] { REQUIRE(store.end(ending)); });
        }
    }
    Ids ids(const Selection& selection) {
        Ids found;
        for (const auto& row : store.choose(selection)) found.push_back(row.id);
        CHECK(store.count_of(selection) == static_cast<std::int64_t>(found.size()));
        return found;
    }

    ScratchFolder folder;
    SqliteStore store;
};

}  // namespace

TEST_CASE_FIXTURE(Filled, "values of one list are alternatives, lists narrow each other down") {
    Selection selection;
    CHECK(ids(selection) == Ids{"a", "b", "c", "d"});
    selection.tags = {"x", "y"};
    CHECK(ids(selection) == Ids{"a", "b", "c"});
    selection.models = {"gpt-*"};
    CHECK(ids(selection) == Ids{"a", "b"});
    selection.models = {"gpt-*", "glm-5"};
    selection.ids = {"b", "c", "d", "nobody"};
    CHECK(ids(selection) == Ids{"b", "c"});
    selection.endpoints = {"videos"};
    CHECK(ids(selection).empty());
}

TEST_CASE_FIXTURE(Filled, "metadata is asked for by the text of its value") {
    Selection selection;
    selection.metadata = {{"split", {"train"}}};
    CHECK(ids(selection) == Ids{"a"});
    selection.metadata = {{"split", {"train", "test"}}};
    CHECK(ids(selection) == Ids{"a", "b"});
    selection.metadata["good"] = {"true"};
    CHECK(ids(selection) == Ids{"b"});
    selection.metadata = {{"fold", {"1"}}};
    CHECK(ids(selection) == Ids{"a"});
    selection.metadata = {{"it's", {"' OR 1 --"}}};
    CHECK(ids(selection).empty());
}

TEST_CASE_FIXTURE(Filled, "kinds and flags are alternatives, too, and a row says what it was") {
    end_as("a", State::failed, "timeout");
    end_as("b", State::failed, "bad_media");
    end_as("c", State::succeeded, "", R"(["truncated","partial"])");
    Selection selection;
    selection.kinds = {"timeout", "bad_media"};
    CHECK(ids(selection) == Ids{"a", "b"});
    selection.kinds.clear();
    selection.flags = {"nothing", "partial"};
    CHECK(ids(selection) == Ids{"c"});
    const auto row = store.choose(selection).front();
    CHECK(row.state == State::succeeded);
    CHECK(row.model == "glm-5");
    CHECK(row.estimate.input_tokens == 7);
    CHECK(!row.polls_again);
    CHECK(store.flag_counts() ==
          std::map<std::string, std::int64_t>{{"truncated", 1}, {"partial", 1}});
}

TEST_CASE_FIXTURE(Filled, "names are there once each, costs by model, dearest first") {
    end_as("a", State::succeeded, "", R"(["truncated"])", 0.25);
    end_as("b", State::succeeded, "", R"(["truncated"])", 0.5);
    end_as("c", State::succeeded, "", R"(["partial"])", 2);
    auto sorted = [this](Names what) {
        auto names = store.names(what);
        std::sort(names.begin(), names.end());
        return names;
    };
    CHECK(sorted(Names::ids) == Ids{"a", "b", "c", "d"});
    CHECK(sorted(Names::tags) == Ids{"x", "y"});
    CHECK(sorted(Names::flags) == Ids{"partial", "truncated"});
    const auto costs = store.costs();
    REQUIRE(costs.size() == 2);
    CHECK(costs[0].model == "glm-5");
    CHECK(costs[0].cost == doctest::Approx(2));
    CHECK(costs[1].cost == doctest::Approx(0.75));
    Selection one;
    one.ids = {"b"};
    CHECK(store.choose(one).front().cost == doctest::Approx(0.5));
    CHECK(store.choose(one).front().attempts == 1);
}

TEST_CASE_FIXTURE(Filled, "troubles are counted by kind and lane, the most frequent first") {
    end_as("c", State::failed, "timeout");
    end_as("a", State::held, "ambiguous_submit");
    end_as("d", State::failed, "timeout");
    const auto troubles = store.troubles();
    REQUIRE(troubles.size() == 2);
    CHECK(troubles[0].count == 2);
    CHECK(troubles[0].error_kind == "timeout");
    CHECK(troubles[0].model == "glm-5");
    CHECK(troubles[0].id == "c");
    CHECK(troubles[0].ledger_line == "line of c");
    CHECK(troubles[1].state == State::held);

    Selection only;
    only.ids = {"a"};
    store.transact([&] { store.select(only); });
    CHECK(store.troubles().size() == 1);
}
