// Tasks that come to a queue which has some.

#include "storage/sqlite_store.hpp"
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

}  // namespace

TEST_CASE("a second manifest finds its bodies with its own rows") {
    const test::ScratchFolder folder;
    SqliteStore store(folder.path() / "q.db", SqliteDb::Mode::read_write);
    store.transact([&] {
        store.begin_load();
        for (const auto* id : {"a", "b", "c"}) store.add(task(id), OnChange::error);
    });
    store.transact([&] {
        store.begin_load();
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
