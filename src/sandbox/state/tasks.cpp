// Tasks on disk and the state machine of wire contract 8.1: NOT_START, QUEUED, IN_PROGRESS,
// SUCCESS.
#include "sandbox/state/tasks.hpp"

#include <algorithm>

namespace nightshift::sandbox {
namespace {

// A script's word without case, and with the other protocol's words folded in.
bool one_of(const std::string& word, std::initializer_list<std::string_view> words) {
    for (const std::string_view known : words) {
        if (same_name(word, known)) return true;
    }
    return false;
}

Json record_of(const Task& task) {
    Json record{{"id", task.id},
                {"model", task.model},
                {"user", task.user},
                {"number", task.number},
                {"roll", task.roll},
                {"created_ms", task.created_ms},
                {"render_ms", task.render_ms},
                {"width", task.width},
                {"height", task.height},
                {"seconds", task.seconds},
                {"audio", task.audio}};
    if (task.script) record["script"] = json_of(*task.script);
    return record;
}

Task task_of(const Json& record) {
    Task task;
    task.id = record.at("id").get<std::string>();
    task.model = record.at("model").get<std::string>();
    task.user = record.at("user").get<int>();
    task.number = record.at("number").get<std::uint64_t>();
    task.roll = record.at("roll").get<std::uint64_t>();
    task.created_ms = record.at("created_ms").get<std::int64_t>();
    task.render_ms = record.at("render_ms").get<std::int64_t>();
    task.width = record.at("width").get<int>();
    task.height = record.at("height").get<int>();
    task.seconds = record.at("seconds").get<int>();
    task.audio = record.at("audio").get<bool>();
    if (record.contains("script")) {
        task.script = std::make_unique<TaskScript>(script_of(record.at("script")));
    }
    return task;
}

}  // namespace

bool TaskState::done() const {
    return one_of(status, {"SUCCESS", "completed", "succeeded", "done"});
}

bool TaskState::failed() const {
    return one_of(status, {"FAILURE", "failed", "error", "cancelled", "canceled", "expired"});
}

Tasks::Tasks(const std::filesystem::path& path) : journal_(path) {
    journal_.each([this](std::string_view line) {
        const Json record = parse_json(line);
        if (!record.is_object()) return;
        Task task = task_of(record);
        tasks_.insert_or_assign(task.id, std::move(task));
    });
}

Task& Tasks::add(Task task) {
    journal_.append(plain_json(record_of(task)));
    return tasks_.insert_or_assign(task.id, std::move(task)).first->second;
}

Task* Tasks::find(const std::string& id) {
    const auto found = tasks_.find(id);
    return found == tasks_.end() ? nullptr : &found->second;
}

Task* Tasks::find(const std::string& id, int user) {
    Task* task = find(id);
    return task != nullptr && task->user == user ? task : nullptr;
}

TaskState state_at(const Task& task, std::int64_t now_ms) {
    TaskState state;
    const double part = static_cast<double>(now_ms - task.created_ms) /
                        static_cast<double>(std::max<std::int64_t>(1, task.render_ms));
    state.status = part < 0.03   ? "NOT_START"
                   : part < 0.15 ? "QUEUED"
                   : part < 1.0  ? "IN_PROGRESS"
                                 : "SUCCESS";
    if (task.script && task.script->stuck && state.status == "SUCCESS") {
        state.status = "IN_PROGRESS";
    }
    if (task.script && !task.script->statuses.empty()) {
        const auto& words = task.script->statuses;
        const auto last = static_cast<std::int64_t>(words.size()) - 1;
        state.status =
            words[static_cast<std::size_t>(std::clamp<std::int64_t>(task.polls, 0, last))];
    }
    if (state.failed()) {
        state.fail_reason = task.script->fail_reason.value_or(
            "The request failed because the output video may contain sensitive information.");
    }
    const bool over = state.done() || state.failed();
    const bool running = state.status == "IN_PROGRESS";
    state.percent = over                       ? 100
                    : running                  ? (part < 0.6 ? 30 : 50)
                    : state.status == "QUEUED" ? 20
                                               : 0;
    if (over || running) state.started_ms = task.created_ms + task.render_ms * 15 / 100;
    if (over) state.finished_ms = std::min(now_ms, task.created_ms + task.render_ms);
    return state;
}

}  // namespace nightshift::sandbox
