#include "jobs/remote/task_report.hpp"

#include "base/bounds.hpp"
#include "base/text/terminal_text.hpp"
#include "jobs/protocol/error_object.hpp"
#include "jobs/protocol/text_reply.hpp"
#include "jobs/protocol/verdict_codes.hpp"
#include "jobs/remote/remote_fields.hpp"

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

// Folded: lower case, "_" for spaces and dashes, without a prefix that names the list.
constexpr StageRow stage_rows[] = {
    {"success", Stage::done},
    {"succeeded", Stage::done},
    {"succeed", Stage::done},
    {"successful", Stage::done},
    {"completed", Stage::done},
    {"complete", Stage::done},
    {"done", Stage::done},
    {"finished", Stage::done},
    {"finish", Stage::done},
    {"ready", Stage::done},
    {"generated", Stage::done},
    {"成功", Stage::done},
    {"完成", Stage::done},
    {"已完成", Stage::done},
    {"生成成功", Stage::done},
    {"failure", Stage::failed},
    {"failed", Stage::failed},
    {"fail", Stage::failed},
    {"error", Stage::failed},
    {"errored", Stage::failed},
    {"rejected", Stage::failed},
    {"refused", Stage::failed},
    {"denied", Stage::failed},
    {"moderated", Stage::failed},
    {"request_moderated", Stage::failed},
    {"content_moderated", Stage::failed},
    {"moderation_blocked", Stage::failed},
    {"content_filtered", Stage::failed},
    {"nsfw", Stage::failed},
    {"blocked", Stage::failed},
    {"banned", Stage::failed},
    {"terminated", Stage::failed},
    {"aborted", Stage::failed},
    {"timeout", Stage::failed},
    {"timed_out", Stage::failed},
    {"失败", Stage::failed},
    {"已失败", Stage::failed},
    {"生成失败", Stage::failed},
    {"cancelled", Stage::cancelled},
    {"canceled", Stage::cancelled},
    {"已取消", Stage::cancelled},
    {"expired", Stage::expired},
    {"已过期", Stage::expired},
};
constexpr std::string_view stage_prefixes[] = {"task_status_", "job_state_", "task_state_",
                                               "status_", "state_"};

Stage stage_of(std::string_view word) {
    std::string folded(trimmed(word));
    std::transform(folded.begin(), folded.end(), folded.begin(), [](unsigned char c) {
        return c == ' ' || c == '-' ? '_' : static_cast<char>(std::tolower(c));
    });
    std::string_view rest = folded;
    for (const auto prefix : stage_prefixes) {
        if (rest.size() > prefix.size() && rest.starts_with(prefix)) {
            rest.remove_prefix(prefix.size());
            break;
        }
    }
    for (const auto& row : stage_rows) {
        if (row.word == rest) return row.stage;
    }
    return Stage::under_way;
}

bool is_fetchable(std::string_view url) {
    for (const std::string_view start : {"http://", "https://", "data:", "/"}) {
        if (url.starts_with(start)) return true;
    }
    return false;
}

// A link of a scheme that is not fetched (file://, gopher://): refused later, by name.
bool is_foreign_scheme(std::string_view url) {
    const auto scheme = url.substr(0, url.find("://"));
    return scheme.size() < url.size() && !scheme.empty() &&
           std::all_of(scheme.begin(), scheme.end(), [](unsigned char c) {
               return std::isalnum(c) != 0 || c == '+' || c == '-' || c == '.';
           });
}

void find_links(RemoteReport& report, JsonElement root) {
    std::string foreign;
    for (auto& field : found_at(root, RemoteField::link)) {
        if (is_fetchable(field.text)) {
            report.links.push_back(std::move(field.text));
        } else if (foreign.empty() && is_foreign_scheme(field.text)) {
            foreign = std::move(field.text);
        } else if (!field.is_number && !field.text.empty()) {
            report.garbage_link = true;
        }
    }
    if (report.links.empty() && !foreign.empty()) report.links.push_back(std::move(foreign));
    for (auto& link : stray_video_links(root)) {
        const bool known =
            std::find(report.links.begin(), report.links.end(), link) != report.links.end();
        if (!known) report.stray_links.push_back(std::move(link));
    }
    if (!report.links.empty() || !report.stray_links.empty()) report.garbage_link = false;
}

void find_reason(RemoteReport& report, JsonElement root) {
    for (const auto& field : found_at(root, RemoteField::reason)) {
        if (field.is_number) continue;
        report.reason = gateway_words(field.text);
        break;
    }
    const auto codes = found_at(root, RemoteField::code);
    if (!codes.empty()) report.code = codes.front().text;
    if (report.code.empty() && says_content(report.reason)) report.code = "content_rejected";
}

void find_model(RemoteReport& report, JsonElement root) {
    for (auto& field : found_at(root, RemoteField::model)) {
        if (field.is_number) continue;
        report.model = std::move(field.text);
        break;
    }
}

bool is_id(const FoundField& field) {
    if (field.text.size() > limits::id_bytes) return false;
    if (field.is_number) return field.text != "0" && !field.text.starts_with('-');
    return std::none_of(field.text.begin(), field.text.end(),
                        [](unsigned char c) { return c <= ' ' || c == 0x7f; });
}

}  // namespace

RemoteReport report_of(JsonElement root) {
    RemoteReport report;
    for (const auto& field : found_at(root, RemoteField::status)) {
        if (field.is_number) continue;
        report.word = field.text;
        break;
    }
    report.stage = stage_of(report.word);
    // Elsewhere the same members hold the reason of a failure, or a link that is none yet.
    if (report.stage == Stage::done) {
        find_links(report, root);
        find_model(report, root);
    }
    if (report.stage != Stage::done && report.stage != Stage::under_way) {
        find_reason(report, root);
    }
    return report;
}

std::vector<std::string> remote_ids_of(JsonElement root) {
    std::vector<std::string> texts, numbers;
    for (auto& field : found_at(root, RemoteField::id)) {
        if (is_id(field)) (field.is_number ? numbers : texts).push_back(std::move(field.text));
    }
    if (texts.empty()) return numbers;
    return texts;
}

std::string id_fields_of(JsonElement root) {
    if (!root.is_object()) return "it is not an object";
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
