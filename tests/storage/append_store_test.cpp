// Tasks that come to a queue which has some, and to a run that works on a selection.

#include "storage/sqlite/store.hpp"
#include "tests/fakes/scratch.hpp"

#include <doctest/doctest.h>

using namespace nightshift;

namespace {

NewTask task(std::string_view id, std::string_view body = "{}") {
    return {.id = id,
            .endpoint = "chat_completions",
            .model = "m",
            .path = "/p",
            .body = body,
            .envelope = "",
            .manifest = "m.jsonl",
            .line = 3};
}

std::int64_t chosen(Store& store) {
    std::int64_t sum = 0;
    for (const auto& count : store.counts()) sum += count.count;
    return sum;
}

}  // namespace

TEST_CASE("a second manifest finds its bodies with its own rows") {
    const test::ScratchFolder folder;
    SqliteStore store(folder.path() / "q.db", SqliteDb::Mode::read_write);
    store.transact([&] {
        store.begin_load(1);
        for (const auto* id : {"a", "b", "c"}) store.add(task(id), OnChange::error);
    });
    store.transact([&] {
        store.begin_load(1);
        for (const auto* id : {"d", "e"}) {
            auto next = task(id, "[]");
            next.manifest = "n.jsonl";
            store.add(next, OnChange::error);
        }
    });
    CHECK(store.find("c")->row.body == "{}");
    CHECK(store.find("d")->row.body == "[]");
    CHECK(store.find("d")->row.manifest == "n.jsonl");
    CHECK(store.find("e")->row.body == "[]");
}

TEST_CASE("what would be added is told and not done") {
    const test::ScratchFolder folder;
    SqliteStore store(folder.path() / "q.db", SqliteDb::Mode::read_write);
    store.transact([&] {
        store.begin_load(1);
        store.add(task("a"), OnChange::error);
    });
    store.transact([&] {
        CHECK(store.would_add(task("b")).what == Added::What::added);
        CHECK(store.would_add(task("a")).what == Added::What::same);
        auto other = task("a");
        other.envelope = "{\"tags\":[]}";
        CHECK(store.would_add(other).what == Added::What::same_other_envelope);
        other.model = "n";
        CHECK(store.would_add(other).what == Added::What::changed);
        const auto changed = store.would_add(task("a", "{ }"));
        CHECK(changed.what == Added::What::changed);
        CHECK(changed.manifest == "m.jsonl");
        CHECK(changed.line == 3);
    });
    CHECK(chosen(store) == 1);
}

TEST_CASE("rows of the last load join a selection that was made before them") {
    const test::ScratchFolder folder;
    SqliteStore store(folder.path() / "q.db", SqliteDb::Mode::read_write);
    const auto load = [&store](std::string_view id) {
        store.begin_load(1);
        store.add(task(id), OnChange::error);
    };
    store.transact([&] {
        load("a");
        load("b");
        Selection first;
        first.limit = 1;
        store.select(first);
    });
    CHECK(chosen(store) == 1);
    store.transact([&] {
        load("c");
        Selection last;
        last.of_last_load = true;
        store.also_select(last);
    });
    CHECK(chosen(store) == 2);
}
