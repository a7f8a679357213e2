#include "tests/storage/store_contract.hpp"

namespace nightshift::test {

NewTask task_named(std::string_view id, std::string_view body) {
    NewTask task;
    task.id = id;
    task.endpoint = "chat_completions";
    task.model = "gpt-5.4";
    task.path = "/v1/chat/completions";
    task.body = body;
    task.envelope = "{}";
    task.manifest = "m.jsonl";
    task.line = 1;
    return task;
}

void load(Store& store, const std::vector<NewTask>& tasks, OnChange on_change) {
    store.transact([&] {
        store.begin_load(1);
        for (const auto& task : tasks) store.add(task, on_change);
    });
}

std::vector<Row> claim_all(Store& store, int limit, std::int64_t now) {
    std::vector<Row> rows;
    for (const auto& lane : store.lanes()) {
        auto more = store.claim({.lane = lane.id, .limit = limit, .now = now});
        for (auto& row : more) rows.push_back(std::move(row));
    }
    return rows;
}

Ending success_of(const Row& row, std::int64_t number) {
    Ending ending;
    ending.attempt = {.row = row.row,
                      .number = number,
                      .started_at = 1,
                      .ended_at = 2,
                      .http_status = 200,
                      .request_id = "r",
                      .verdict = "ok",
                      .code = "",
                      .message = ""};
    ending.state = State::succeeded;
    ending.ledger_line = "{\"id\":\"" + row.id + "\"}";
    ending.finished_at = 2;
    return ending;
}

}  // namespace nightshift::test
