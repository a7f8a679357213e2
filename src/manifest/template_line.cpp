// Lines that wait for results or read files: what makes them wait, and the placeholders of their
// requests. What is kept of them is their stage text (stages/stage_line.hpp).

#include "base/text/did_you_mean.hpp"
#include "json/json_builder.hpp"
#include "json/json_scan.hpp"
#include "manifest/line_draft.hpp"
#include "manifest/stage_fields.hpp"
#include "stages/names.hpp"
#include "stages/splice.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>

namespace nightshift {
namespace {

namespace fs = std::filesystem;

std::string_view raw_of(const Fields& fields, std::string_view name) {
    const Field* field = fields.find(name);
    return field == nullptr || field->value.is_null() ? std::string_view() : field->raw;
}

void tell(const std::vector<stages::StageProblem>& problems, Complaints& complaints) {
    for (const auto& problem : problems) {
        const auto name = spoken(problem.pointer);
        const bool says_where = problem.what.find(name) != std::string::npos;
        complaints.error(problem.pointer,
                         says_where ? problem.what : fmt::format("\"{}\": {}", name, problem.what),
                         problem.what_to_do);
    }
}

// Members of a short line that make its request.
bool is_request_member(std::string_view name) {
    return std::find(envelope_names.begin(), envelope_names.end(), name) == envelope_names.end() &&
           !is_stage_field(name) && name != "id" && name != "custom_id" && name != "key";
}

void append_key(std::string& out, std::string_view name) {
    if (out.back() != '{') out += ',';
    append_json_quoted(out, name);
    out += ':';
}

std::string request_text(const Fields& fields) {
    std::string text = "{";
    for (const auto& field : fields.all()) {
        if (!is_request_member(field.name)) continue;
        append_key(text, field.name);
        text += field.raw;
    }
    return text + '}';
}

// The member whose value is the body, or "" for a short line.
std::string_view body_member(const Fields& fields) {
    if (fields.find("body") != nullptr) return "body";
    if (fields.find("request") != nullptr) return "request";
    const bool is_anthropic = fields.find("custom_id") != nullptr &&
                              fields.find("params") != nullptr && fields.find("model") == nullptr;
    return is_anthropic ? "params" : std::string_view();
}

// A field that is needed when the line is loaded holds a result.
void refuse_late(const Fields& fields, const stages::StageLine& line, Complaints& complaints) {
    static constexpr std::array<std::string_view, 10> known = {
        "id",  "custom_id", "key",      "model",  "endpoint",
        "url", "tags",      "metadata", "expect", "files"};
    for (const auto& field : fields.all()) {
        if (std::find(known.begin(), known.end(), field.name) == known.end()) continue;
        stages::for_each_text(field.raw, true, [&](const stages::TextToken& token) {
            std::string error;
            const auto text = stages::template_in(field.raw, token);
            const auto parsed = text.empty() ? std::nullopt : recipe::parse_template(text, error);
            if (!parsed) return true;
            for (const auto& part : parsed->parts) {
                if (!part.placeholder || !stages::is_late(line, *part.placeholder)) continue;
                complaints.error(
                    '/' + std::string(field.name) + token.pointer,
                    fmt::format("{} cannot stand in \"{}\"", part.placeholder->name(), field.name),
                    "this field must be known when the line is loaded");
                return true;
            }
            return true;
        });
    }
}

bool is_below(const fs::path& path, const fs::path& folder) {
    const auto [end, unused] =
        std::mismatch(folder.begin(), folder.end(), path.begin(), path.end());
    return end == folder.end();
}

// By the path alone: where links lead is seen when the file is read.
void check_paths(const stages::StageLine& line, const LineOptions& options,
                 Complaints& complaints) {
    for (const auto& file : line.files) {
        const fs::path path(file.path);
        const auto plain = path.lexically_normal();
        const bool inside = path.is_relative() && (plain.empty() || *plain.begin() != "..");
        const auto whole = (fs::path(options.folder) / path).lexically_normal();
        const auto& allowed = options.allowed_folders;
        if (inside || std::any_of(allowed.begin(), allowed.end(), [&whole](const auto& folder) {
                return is_below(whole, fs::path(folder).lexically_normal());
            })) {
            continue;
        }
        complaints.error("/files/" + pointer_token(file.alias),
                         fmt::format("\"{}\" is outside the manifest's folder", file.path),
                         "--allow-files DIR adds a folder");
    }
}

}  // namespace

bool read_template_line(const Fields& fields, const LineOptions& options, bool by_recipe,
                        TemplateLine& line, Complaints& complaints) {
    const int before = complaints.errors();
    std::vector<stages::StageProblem> problems;
    stages::read_stage({raw_of(fields, "after"), raw_of(fields, "each"), raw_of(fields, "files"),
                        raw_of(fields, "when"), raw_of(fields, "on_failed")},
                       line.stage, problems);
    tell(problems, complaints);
    if (!problems.empty()) return false;
    refuse_late(fields, line.stage, complaints);
    if (!by_recipe) check_paths(line.stage, options, complaints);

    const auto member = body_member(fields);
    line.stage.is_body = !member.empty();
    const std::string request =
        member.empty() ? request_text(fields) : std::string(fields.find(member)->raw);
    line.use =
        stages::read_templates(line.stage, request, member.empty() ? "" : '/' + std::string(member),
                               options.judge_only, problems);
    tell(problems, complaints);
    // A body's own model is what its lane is made of.
    const auto model = '/' + std::string(member) + "/model";
    if (!member.empty() && line.holds(model)) {
        complaints.error(model, "a placeholder cannot stand in \"model\"",
                         "this field must be known when the line is loaded");
    }
    line.text = "{";
    for (const std::string_view name : {"after", "each", "files", "when", "on_failed"}) {
        const auto raw = raw_of(fields, name);
        if (raw.empty()) continue;
        append_key(line.text, name);
        line.text += raw;
    }
    append_key(line.text, member.empty() ? "request" : "body");
    line.text += request;
    line.text += '}';
    return complaints.errors() == before;
}

bool check_no_stage(const Fields& fields, Complaints& complaints) {
    if (!raw_of(fields, "when").empty()) {
        complaints.error_key("/when", "\"when\" is about results, and the line has no \"after\"",
                             "add \"after\", or remove it");
        return false;
    }
    const auto raw = raw_of(fields, "on_failed");
    if (raw.empty()) return true;
    stages::StageLine line;
    std::vector<stages::StageProblem> problems;
    stages::read_stage({{}, {}, {}, {}, raw}, line, problems);
    tell(problems, complaints);
    return problems.empty();
}

}  // namespace nightshift
