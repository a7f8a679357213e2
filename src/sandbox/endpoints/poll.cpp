// GET /v1/videos/{id} and GET /v1/video/generations/{id}: both for any task, each in its own
// representation (wire contract 8.4 and 8.6; examples video_poll_*, seedance_poll_*).
#include "sandbox/call/errors.hpp"
#include "sandbox/endpoints/endpoints.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace nightshift::sandbox {
namespace {

constexpr std::int64_t day_s = 86'400;

bool is_seedance(const Task& task) {
    return task.model.starts_with("doubao-");
}

std::string link_of(World& world, const Task& task, const TaskState& state) {
    if (task.script && task.script->result_url) {
        const std::string& asked = *task.script->result_url;
        if (asked == "none") return {};
        if (asked == "reason") return state.fail_reason.empty() ? "no result" : state.fail_reason;
        return asked;
    }
    if (!state.done()) return {};
    return world.link_to(task.id + ".mp4", is_seedance(task) ? 7 * day_s : day_s);
}

// The word of the OpenAI-like object. Seedance tasks come from the database status, where NOT_START
// is `unknown`; Happyhorse tasks from the vendor's, where it is `queued`.
std::string openai_word(const Task& task, const std::string& status) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 6> words{{
        {"SUBMITTED", "queued"},
        {"QUEUED", "queued"},
        {"IN_PROGRESS", "in_progress"},
        {"SUCCESS", "completed"},
        {"FAILURE", "failed"},
        {"UNKNOWN", "unknown"},
    }};
    if (status == "NOT_START") return is_seedance(task) ? "unknown" : "queued";
    for (const auto& [stored, shown] : words) {
        if (status == stored) return std::string(shown);
    }
    return status;
}

Json openai_object(World& world, const Task& task, const TaskState& state,
                   const std::string& form) {
    const std::string word = openai_word(task, state.status);
    const std::string link = link_of(world, task, state);
    Json body{{"id", task.id}, {"task_id", task.id}};
    if (form == "task_id_differs") body["task_id"] = "255a47df-9c11-4d45-80de-dee24b7a4319";
    if (form == "no_task_id") body.erase("task_id");
    if (state.done()) {  // the seed's own final form
        body["model"] = task.model;
        body["status"] = word;
        body["progress"] = 100;
        body["metadata"] = Json{{"url", link}};
        if (link.empty() || form == "no_url") body.erase("metadata");
        body["error"] = nullptr;
        return body;
    }
    body["object"] = "video";
    body["model"] = task.model;
    body["status"] = word;
    body["progress"] = state.percent;
    body["created_at"] = task.created_ms / 1000;
    body["completed_at"] = (state.finished_ms != 0 ? state.finished_ms : now_ms()) / 1000;
    if (state.failed()) {
        const std::string code = task.script && task.script->error_code
                                     ? *task.script->error_code
                                     : std::string("DataInspectionFailed");
        body["error"] = Json{{"message", state.fail_reason}, {"code", code}};
    }
    body["metadata"] = Json{{"url", state.failed() ? "" : link}};
    return body;
}

Json vendor_data(const Task& task, const TaskState& state, const std::string& link) {
    if (state.status == "NOT_START") return nullptr;
    Json data{{"id", "cgt-" + std::to_string(task.number)},
              {"model", task.model},
              {"status", state.done()     ? "succeeded"
                         : state.failed() ? "failed"
                                          : "running"}};
    if (state.done()) {
        data["content"] = Json{{"video_url", link}};
        data["usage"] = Json{{"completion_tokens", 17460 * task.seconds},
                             {"total_tokens", 17460 * task.seconds}};
    }
    return data;
}

Json task_dto(World& world, const Task& task, const TaskState& state, const std::string& form) {
    std::string link = link_of(world, task, state);
    std::string reason = state.fail_reason;
    if (state.failed() && link.empty()) link = reason;  // the getter falls back to it
    const Json vendor = vendor_data(task, state, link);
    if (form == "proxy_url" && state.done()) {
        link = world.origin + "/v1/videos/" + task.id + "/content";
    }
    if (form == "url_in_fail_reason" && state.done()) std::swap(reason, link);
    Json dto{{"id", task.number},
             {"created_at", task.created_ms / 1000},
             {"updated_at", now_ms() / 1000},
             {"task_id", task.id},
             {"platform", is_seedance(task) ? "54" : "17"},
             {"user_id", task.user},
             {"group", "default"},
             {"channel_id", 8},
             {"quota", 115000 * task.seconds},
             {"action", "generate"},
             {"status", state.status},
             {"fail_reason", reason}};
    if (!link.empty()) dto["result_url"] = link;
    dto["submit_time"] = task.created_ms / 1000;
    dto["start_time"] = state.started_ms / 1000;
    dto["finish_time"] = state.finished_ms / 1000;
    dto["progress"] = fmt::format("{}%", state.percent);
    dto["properties"] =
        Json{{"input", ""}, {"upstream_model_name", task.model}, {"origin_model_name", task.model}};
    dto["data"] = vendor;
    return dto;
}

Json wrapped_body(World& world, const Task& task, const TaskState& state, const std::string& form) {
    if (form == "data_null") return Json{{"code", "success"}, {"data", nullptr}};
    if (form == "minimal") {
        Json data{{"status", state.status}, {"progress", fmt::format("{}%", state.percent)}};
        const std::string link = link_of(world, task, state);
        if (!link.empty()) data["result_url"] = link;
        return Json{{"data", std::move(data)}};
    }
    if (form == "simple") {
        const std::string word = state.done()     ? "succeeded"
                                 : state.failed() ? "failed"
                                                  : "processing";
        const Json data{{"error", nullptr},    {"format", "mp4"},
                        {"metadata", nullptr}, {"status", word},
                        {"task_id", task.id},  {"url", link_of(world, task, state)}};
        return Json{{"code", "success"}, {"message", ""}, {"data", data}};
    }
    return Json{{"code", "success"}, {"message", ""}, {"data", task_dto(world, task, state, form)}};
}

}  // namespace

Reply do_poll(World& world, const Call& call, const Fault& fault) {
    Task* task = world.tasks().find(call.route.task_id, call.caller.user);
    const bool lost = task != nullptr && task->script && task->script->lost_after_polls &&
                      task->polls >= *task->script->lost_after_polls;
    if (task == nullptr || lost) return flat_error({400, "task_not_exist", "task_not_exist"});

    const TaskState state = state_at(*task, now_ms());
    ++task->polls;
    const Json body = call.route.wrapped ? wrapped_body(world, *task, state, fault.form)
                                         : openai_object(world, *task, state, fault.form);
    return bytes_reply(200, "application/json", gateway_json(body));
}

Reply do_content(World& world, const Call& call, const Fault&) {
    Task* task = world.tasks().find(call.route.task_id, call.caller.user);
    if (task == nullptr) return short_error(404, "invalid_request_error", "Task not found");
    const TaskState state = state_at(*task, now_ms());
    if (!state.done()) {
        return short_error(400, "invalid_request_error",
                           "Task is not completed yet, current status: " + state.status);
    }
    Reply reply = bytes_reply(200, "video/mp4", world.film_of(*task));
    reply.set_header("Cache-Control", "public, max-age=86400");
    return reply;
}

}  // namespace nightshift::sandbox
