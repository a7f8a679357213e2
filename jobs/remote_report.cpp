#include "jobs/remote_report.hpp"

#include "core/limits.hpp"
#include "core/term_safe.hpp"
#include "jobs/error_object.hpp"
#include "jobs/text_reply.hpp"
#include "jobs/verdict_codes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace nightshift::jobs {
namespace {

constexpr std::size_t field_bytes = 60;  // of a field that is shown in a message

struct StageRow {
    std::string_view word;  // lower case
    Stage stage;
};

constexpr StageRow stage_rows[] = {
    {"success", Stage::done},        {"succeeded", Stage::done},     {"succeed", Stage::done},
    {"completed", Stage::done},      {"complete", Stage::done},      {"done", Stage::done},
    {"finished", Stage::done},       {"failure", Stage::failed},     {"failed", Stage::failed},
    {"fail", Stage::failed},         {"error", Stage::failed},       {"expired", Stage::expired},
    {"cancelled", Stage::cancelled}, {"canceled", Stage::cancelled},
};

Stage stage_of(std::string_view word) {
    std::string folded(trimmed(word));
    std::transform(folded.begin(), folded.end(), folded.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    for (const auto& row : stage_rows) {
        if (row.word == folded) return row.stage;
    }
    return Stage::under_way;
}

// The object that speaks of the task: `data` when it does, else the reply itself.
JsonElement task_in(JsonElement root) {
    const auto data = find_value(root, "data");
    const bool speaks = data && data->is_object() &&
                        (find_value(*data, "status") || find_value(*data, "task_id") ||
                         find_value(*data, "task_status"));
    return speaks ? *data : root;
}

bool is_fetchable(std::string_view url) {
    for (const std::string_view start : {"http://", "https://", "data:"}) {
        if (url.starts_with(start)) return true;
    }
    return url.starts_with('/') && !url.starts_with("//");
}

// A link of a scheme that is not fetched (file://, gopher://): refused later, by name.
bool is_foreign_scheme(std::string_view url) {
    const auto scheme = url.substr(0, url.find("://"));
    return scheme.size() < url.size() && !scheme.empty() &&
           std::all_of(scheme.begin(), scheme.end(), [](unsigned char c) {
               return std::isalnum(c) != 0 || c == '+' || c == '-' || c == '.';
           });
}

void find_url(RemoteReport& report, JsonElement task) {
    constexpr std::string_view paths[] = {"metadata.url",
                                          "result_url",
                                          "url",
                                          "video_url",
                                          "video.url",
                                          "data.content.video_url",
                                          "data.output.video_url",
                                          "data.url",
                                          "data.video_url",
                                          "content.video_url",
                                          "output.video_url",
                                          "output.url"};
    std::string_view foreign;
    for (const auto path : paths) {
        const auto url = trimmed(string_at(task, path));
        if (is_fetchable(url)) {
            report.url = url;
            report.garbage_url = false;
            return;
        }
        if (foreign.empty() && is_foreign_scheme(url)) foreign = url;
        if (!url.empty()) report.garbage_url = true;
    }
    // Older rows keep the link where a failure's reason would be.
    const auto legacy = trimmed(string_at(task, "fail_reason"));
    if (legacy.starts_with("http://") || legacy.starts_with("https://")) report.url = legacy;
    if (report.url.empty()) report.url = foreign;
}

void find_reason(RemoteReport& report, JsonElement root, JsonElement task) {
    constexpr std::string_view paths[] = {
        "error.message",  "error",   "fail_reason", "data.error.message",
        "output.message", "message", "reason"};
    for (const auto path : paths) {
        auto text = string_at(task, path);
        if (text.empty()) text = string_at(root, path);
        if (text.empty()) continue;
        report.reason = gateway_words(text);
        break;
    }
    report.code = scalar_at(task, "error.code");
    if (report.code.empty()) report.code = scalar_at(task, "data.error.code");
    if (report.code.empty()) report.code = scalar_at(task, "output.code");
    if (report.code.empty() && says_content(report.reason)) report.code = "content_rejected";
}

}  // namespace

RemoteReport report_of(JsonElement root) {
    const auto task = task_in(root);
    RemoteReport report;
    report.word = string_at(task, "status");
    if (report.word.empty()) report.word = string_at(task, "task_status");
    if (report.word.empty()) report.word = string_at(task, "output.task_status");
    report.stage = stage_of(report.word);
    // Elsewhere the same members hold the reason of a failure, or a link that is none yet.
    if (report.stage == Stage::done) find_url(report, task);
    if (report.stage != Stage::done && report.stage != Stage::under_way) {
        find_reason(report, root, task);
    }
    return report;
}

std::string remote_id_of(JsonElement root) {
    return other_id_of(root, {});
}

std::string other_id_of(JsonElement root, std::string_view id) {
    for (const auto path : {"id", "task_id", "data.task_id", "data.id"}) {
        const auto found = trimmed(string_at(root, path));
        if (found.empty() || found == id || found.size() > limits::id_bytes) continue;
        return std::string(found);
    }
    return {};
}

std::string id_fields_of(JsonElement root) {
    if (!root.is_object()) return "it is no object";
    const auto data = find(root, "data");
    const bool wrapped = data && data->is_object();
    std::string words;
    for (const std::string_view path : {"id", "task_id", "data.task_id"}) {
        if (path.starts_with("data.") && !wrapped) continue;
        const auto field = find(root, path);
        const auto value = field ? term_safe(json_of(*field), field_bytes) : "missing";
        words += fmt::format("{}{} is {}", words.empty() ? "" : ", ", path, value);
    }
    return words;
}

}  // namespace nightshift::jobs
