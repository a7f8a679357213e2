#include "screen/ndjson.hpp"

#include "progress/snapshot_json.hpp"
#include "screen/terminal.hpp"

#include <nlohmann/json.hpp>

#include <cstdio>

namespace nightshift::screen {
namespace {

using Json = nlohmann::ordered_json;

void put(const Json& json) {
    say(stdout, json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
}

Json json_of(const std::optional<TimeLeft>& left) {
    if (!left) return nullptr;
    return {{"low", left->low_s}, {"high", left->high_s}};
}

Json json_of(const GroupView& group) {
    const auto& latencies = group.latencies;
    return {{"endpoint", group.sum.endpoint},
            {"busy", group.busy()},
            {"allowed", group.sum.allowed},
            {"per_s", group.per_s},
            {"p50_s", latencies ? Json(latencies->p50_s) : Json()},
            {"p95_s", latencies ? Json(latencies->p95_s) : Json()},
            {"left_s", json_of(group.left)}};
}

}  // namespace

void Ndjson::on_task(const TaskEvent& event) {
    watcher_.on_task(event);
    Json json = {{"type", "task"},
                 {"schema", 1},
                 {"id", event.id},
                 {"endpoint", event.endpoint},
                 {"model", event.model},
                 {"state", name_of(event.state)},
                 {"attempts", event.attempts}};
    json["kind"] = event.kind.empty() ? Json() : Json(event.kind);
    json["message"] = event.message.empty() ? Json() : Json(event.message);
    put(json);
}

void Ndjson::on_notice(const std::string& text) {
    put({{"type", "notice"}, {"schema", 1}, {"message", text}});
}

void Ndjson::refresh(const RunStatus& status, double elapsed_s) {
    if (elapsed_s - last_status_s_ < 1) {
        watcher_.view(status, elapsed_s);
        return;
    }
    answer(status, elapsed_s);
}

void Ndjson::answer(const RunStatus& status, double elapsed_s) {
    last_status_s_ = elapsed_s;
    const auto view = watcher_.view(status, elapsed_s);
    Json groups = Json::array();
    for (const auto& group : view.groups) groups.push_back(json_of(group));
    Json lanes = Json::array();
    for (const auto& lane : status.lanes) lanes.push_back(lane_json(lane));
    put({{"type", "status"},
         {"schema", 1},
         {"elapsed_s", elapsed_s},
         {"in_flight", status.in_flight},
         {"concurrency", status.concurrency},
         {"posts", status.posts},
         {"retries", status.retries},
         {"maybe_billed", status.maybe_billed},
         {"flagged", status.flagged},
         {"cost", status.cost ? Json(*status.cost) : Json()},
         {"maybe_cost", status.maybe_cost},
         {"budget", status.budget ? Json(*status.budget) : Json()},
         {"notice", status.notice.empty() ? Json() : Json(status.notice)},
         {"disk_left_bytes", status.disk_left_bytes ? Json(*status.disk_left_bytes) : Json()},
         {"left_s", json_of(view.left)},
         {"groups", std::move(groups)},
         {"lanes", std::move(lanes)}});
}

void Ndjson::finish(const Summary& summary) {
    say(stdout, summary_json(summary) + "\n");
}

}  // namespace nightshift::screen
