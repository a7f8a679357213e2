#include "jobs/remote/remote_fields.hpp"

#include "jobs/protocol/text_reply.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <span>

namespace nightshift::jobs {
namespace {

constexpr std::size_t found_max = 16;     // of one field
constexpr std::size_t walked_max = 4096;  // elements

// Objects that may be the task: the gateway's envelope, its own task, lists of one, the raw reply
// of a vendor inside. Ids are looked for from the outside in, for a submit's answer is the
// gateway's; all else in the task before its envelope, whose "status" may be that of the request.
constexpr std::array<std::string_view, 14> from_outside = {
    "",          "data",          "data.0", "0",         "output", "data.output",
    "result",    "data.result",   "task",   "data.task", "video",  "response",
    "data.data", "data.data.data"};
constexpr std::array<std::string_view, 14> from_inside = {
    "data",        "",     "data.0",    "0",     "output",   "data.output", "result",
    "data.result", "task", "data.task", "video", "response", "data.data",   "data.data.data"};

// Members of such an object; "*" stands for every element of a list, and "data" for an id that is
// the whole answer.
constexpr std::array<std::string_view, 13> id_names = {
    "id",         "task_id", "taskId",        "video_id",     "videoId",
    "job_id",     "jobId",   "generation_id", "generationId", "uuid",
    "task_ids.0", "data",    "data.0"};
constexpr std::array<std::string_view, 7> status_names = {
    "status", "task_status", "taskStatus", "state", "task_state", "job_status", "status_name"};
constexpr std::array<std::string_view, 37> link_names = {
    "metadata.url",
    "result_url",
    "url",
    "video_url",
    "video.url",
    "content.video_url",
    "output.video_url",
    "output.url",
    "result.video_url",
    "result.url",
    "result_urls.*",
    "video_urls.*",
    "urls.*",
    "videos.*.url",
    "videos.*.video_url",
    "videos.*",
    "results.*.url",
    "results.*.video_url",
    "results.*",
    "result.videos.*.url",
    "result.videos.*",
    "result.video.url",
    "task_result.videos.*.url",
    "task_result.video_url",
    "generated_videos.*.url",
    "generations.*.url",
    "creations.*.url",
    "assets.video",
    "output.*",
    "output.*.url",
    "output",
    "outputs.*",
    "outputs.*.url",
    "videoUrl",
    "resultUrl",
    "download_url",
    "fail_reason",  // older rows keep the link where a failure's reason would be
};
constexpr std::array<std::string_view, 13> reason_names = {"error.message",
                                                           "error",
                                                           "fail_reason",
                                                           "failure_reason",
                                                           "data.error.message",
                                                           "output.message",
                                                           "task_status_msg",
                                                           "error_message",
                                                           "error_msg",
                                                           "status_message",
                                                           "message",
                                                           "reason",
                                                           "msg"};
constexpr std::array<std::string_view, 4> code_names = {"error.code", "data.error.code",
                                                        "output.code", "error_code"};
constexpr std::array<std::string_view, 3> model_names = {"model", "model_name", "modelName"};

struct FieldRow {
    RemoteField field;
    std::span<const std::string_view> homes, names;
};

constexpr std::array<FieldRow, 6> field_rows = {{
    {RemoteField::id, from_outside, id_names},
    {RemoteField::status, from_inside, status_names},
    {RemoteField::link, from_inside, link_names},
    {RemoteField::reason, from_inside, reason_names},
    {RemoteField::code, from_inside, code_names},
    {RemoteField::model, from_inside, model_names},
}};

void take(JsonElement element, std::vector<FoundField>& found) {
    std::string_view text;
    FoundField field;
    if (!element.get(text)) {
        field.text = trimmed(text);
    } else if (element.is_int64() || element.is_uint64()) {
        field.text = json_of(element);
        field.is_number = true;
    }
    const auto same = [&](const FoundField& each) { return each.text == field.text; };
    if (field.text.empty() || found.size() >= found_max) return;
    if (std::none_of(found.begin(), found.end(), same)) found.push_back(std::move(field));
}

void look_at(JsonElement from, std::string_view path, std::vector<FoundField>& found) {
    const auto star = path.find('*');
    if (star == std::string_view::npos) {
        if (const auto element = find(from, path)) take(*element, found);
        return;
    }
    const auto rest = path.substr(std::min(star + 2, path.size()));
    for (const auto element : array_at(from, path.substr(0, star == 0 ? 0 : star - 1))) {
        if (found.size() >= found_max) return;
        look_at(element, rest, found);
    }
}

bool is_given_to_task(std::string_view name) {
    constexpr std::array<std::string_view, 15> names = {
        "input",      "inputs",    "request", "prompt",       "params",
        "parameters", "payload",   "media",   "images",       "references",
        "origin",     "thumbnail", "preview", "callback_url", "webhook"};
    return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_video_link(std::string_view text) {
    if (!text.starts_with("http://") && !text.starts_with("https://")) return false;
    const auto path = text.substr(0, text.find_first_of("?#"));
    for (const std::string_view ending : {".mp4", ".webm", ".mov", ".m4v"}) {
        if (path.ends_with(ending)) return true;
    }
    return false;
}

}  // namespace

std::vector<FoundField> found_at(JsonElement root, RemoteField field) {
    const auto& row = *std::find_if(field_rows.begin(), field_rows.end(),
                                    [&](const FieldRow& each) { return each.field == field; });
    std::vector<FoundField> found;
    for (const auto home : row.homes) {
        const auto task = find(root, home);
        if (!task || !task->is_object()) continue;
        for (const auto name : row.names) look_at(*task, name, found);
    }
    return found;
}

std::vector<std::string> stray_video_links(JsonElement root) {
    std::vector<std::string> links;
    std::size_t walked = 0;
    const std::function<void(JsonElement)> walk = [&](JsonElement element) {
        if (++walked > walked_max || links.size() >= found_max) return;
        simdjson::dom::object object;
        simdjson::dom::array list;
        std::string_view text;
        if (!element.get(object)) {
            for (const auto [name, value] : object) {
                if (!is_given_to_task(name)) walk(value);
            }
        } else if (!element.get(list)) {
            for (const auto each : list) walk(each);
        } else if (!element.get(text) && is_video_link(trimmed(text))) {
            links.emplace_back(trimmed(text));
        }
    };
    walk(root);
    return links;
}

}  // namespace nightshift::jobs
