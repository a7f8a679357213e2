// The fields beside the body, on every shape of line: who the task is and how it is to be run.

#include "base/bounds.hpp"
#include "base/text/duration.hpp"
#include "json/json_scan.hpp"
#include "manifest/line_draft.hpp"
#include "manifest/stage_fields.hpp"

#include <fmt/format.h>

#include <cmath>
#include <utility>

namespace nightshift {
namespace {

namespace dom = simdjson::dom;

constexpr std::int64_t priority_max = 1'000'000'000;
constexpr double timeout_max_s = 7 * 24 * 3600;
constexpr std::int64_t attempts_most = 1000;

// False when there is something wrong with the id. An integer is taken as its digits: data frames
// write ids so, and the ledger has them as text.
bool read_id(const Fields& fields, const Draft& draft, ManifestTask& task, Complaints& complaints) {
    const Field* found = nullptr;
    for (const std::string_view name : {"custom_id", "id", "key"}) {
        const Field* field = fields.find(name);
        if (field == nullptr) continue;
        if (found != nullptr) {
            complaints.error_key('/' + std::string(name),
                                 fmt::format("both \"{}\" and \"{}\"", found->name, name),
                                 "keep one");
            return false;
        }
        found = field;
    }
    task.id.clear();
    if (found == nullptr) return true;
    const std::string pointer = '/' + std::string(found->name);
    if (draft.form == Draft::Form::gemini_line && found->name == "custom_id") {
        complaints.warn(pointer, "a Gemini line has its id in \"key\"", "taken as the id");
    }
    std::string_view text;
    const bool is_integer =
        found->raw.find_first_not_of("0123456789", found->raw.starts_with('-')) ==
        std::string_view::npos;
    if (is_integer) {
        text = found->raw;
    } else if (!text_of(found->value, text)) {
        complaints.error(pointer, fmt::format("\"{}\" must be a text, not {}", found->name,
                                              type_in_words(found->value)));
        return false;
    }
    if (text.empty()) {
        complaints.error(pointer, fmt::format("\"{}\" is empty", found->name),
                         "leave it out to get an id made from the body");
        return false;
    }
    if (text.size() > limits::id_bytes) {
        complaints.error(pointer, fmt::format("\"{}\" has {} bytes, more than {}", found->name,
                                              text.size(), limits::id_bytes));
        return false;
    }
    if (text.find('\0') != std::string_view::npos) {
        complaints.error(pointer, fmt::format("\"{}\" holds a NUL character", found->name),
                         "remove \\u0000");
        return false;
    }
    task.id.assign(text);
    return true;
}

void check_tags(const Field& field, Complaints& complaints) {
    dom::array tags;
    bool good = field.value.get_array().get(tags) == simdjson::SUCCESS;
    if (good) {
        for (const JsonElement tag : tags) good = good && tag.is_string();
    }
    if (!good) complaints.error("/tags", "\"tags\" must be a list of texts");
}

void check_number(const Field& field, bool integer, double least, double most,
                  Complaints& complaints) {
    double number = 0;
    const bool is_number = field.value.get_double().get(number) == simdjson::SUCCESS;
    if (is_number && number >= least && number <= most &&
        (!integer || std::floor(number) == number)) {
        return;
    }
    complaints.error('/' + std::string(field.name),
                     fmt::format("\"{}\" must be {} from {} to {}", field.name,
                                 integer ? "an integer" : "a number of seconds", least, most));
}

// A number of seconds, or a text such as "10m".
void check_timeout(const Field& field, Complaints& complaints) {
    std::string_view text;
    if (!text_of(field.value, text)) {
        return check_number(field, false, 0.001, timeout_max_s, complaints);
    }
    const auto seconds = seconds_in(text);
    if (seconds && *seconds >= 0.001 && *seconds <= timeout_max_s) return;
    complaints.error("/timeout", "\"timeout\" must be a duration of at most 7 days",
                     "write seconds, or such as \"90s\", \"10m\"");
}

// A schema that the answer is held against.
void check_expected_schema(const JsonElement& value, Complaints& complaints) {
    const auto compiled = JsonSchema::compile(value);
    if (!compiled.problem.empty()) {
        const std::string pointer = "/expect/json_schema" + compiled.pointer;
        return complaints.error(pointer, spoken(pointer) + ' ' + compiled.problem);
    }
    if (compiled.schema.ignored().empty()) return;
    std::string names;
    for (const auto& name : compiled.schema.ignored()) {
        names += (names.empty() ? "" : ", ") + name;
    }
    complaints.warn("/expect/json_schema",
                    "these keywords of the schema are not checked: " + names);
}

void check_expect(const Field& field, const Draft& draft, Complaints& complaints) {
    static constexpr std::string_view form = "write {\"json\": true} or {\"json_schema\": {...}}";
    dom::object members;
    if (field.value.get_object().get(members) != simdjson::SUCCESS || members.size() == 0) {
        return complaints.error("/expect", "\"expect\" is not understood", std::string(form));
    }
    for (const auto& member : members) {
        const std::string pointer = "/expect/" + std::string(member.key);
        const auto about = expected_of(member.key);
        if (about == Expected::unknown) {
            return complaints.error("/expect",
                                    fmt::format("\"expect.{}\" is not known", member.key),
                                    std::string(form));
        }
        const bool makes_images = draft.rules != nullptr && draft.rules->makes_images;
        const bool is_text = draft.spec->group == "text" && !makes_images;
        if (about == Expected::text && draft.spec->group != "text") {
            return complaints.error_key(
                "/expect",
                fmt::format("\"expect\" is about a text, and {} gives none", draft.spec->endpoint),
                "remove it");
        }
        if (about == Expected::file && is_text) {
            return complaints.error_key(pointer,
                                        fmt::format("\"expect.{}\" is about a file, and {} gives "
                                                    "a text",
                                                    member.key, draft.spec->endpoint),
                                        "remove it");
        }
        if (member.key == "json") {
            bool yes = false;
            if (member.value.get_bool().get(yes) != simdjson::SUCCESS || !yes) {
                complaints.error("/expect/json", "\"expect.json\" must be true");
            }
        }
        if (member.key == "json_schema") check_expected_schema(member.value, complaints);
    }
}

void append_member(std::string& envelope, const Field* field) {
    if (field == nullptr || field->value.is_null()) return;
    if (envelope.size() > 1) envelope += ',';
    envelope += '"';
    envelope += field->name;
    envelope += "\":";
    std::string_view text;
    if (field->name == "timeout" && text_of(field->value, text)) {
        envelope += fmt::format("{}", seconds_in(text).value_or(0));
        return;
    }
    envelope += field->raw;
}

// What a recipe calls the line: task, row, variant.
void append_origin(const Field* field, std::string& envelope, Complaints& complaints) {
    if (field == nullptr || field->value.is_null()) return;
    const bool is_object = field->name == "variant";
    if (is_object ? field->value.is_object() : field->value.is_string()) {
        return append_member(envelope, field);
    }
    complaints.error('/' + std::string(field->name),
                     fmt::format("\"{}\" must be {}, not {}", field->name,
                                 is_object ? "an object" : "a text", type_in_words(field->value)));
}

}  // namespace

bool read_envelope(const Fields& fields, const Draft& draft, const std::string& folder,
                   ManifestTask& task, Complaints& complaints) {
    const int before = complaints.errors();
    read_id(fields, draft, task, complaints);
    task.priority = 0;
    std::array<const Field*, envelope_names.size()> found{};
    for (const auto& field : fields.all()) {
        for (std::size_t i = 0; i < envelope_names.size(); ++i) {
            if (field.name == envelope_names[i] && !field.value.is_null()) found[i] = &field;
        }
    }
    const auto& [priority, tags, metadata, timeout, max_attempts, expect] = found;
    if (priority != nullptr) {
        check_number(*priority, true, -static_cast<double>(priority_max),
                     static_cast<double>(priority_max), complaints);
        double number = 0;
        if (priority->value.get_double().get(number) == simdjson::SUCCESS &&
            std::abs(number) <= static_cast<double>(priority_max)) {
            task.priority = static_cast<std::int64_t>(number);
        }
    }
    if (tags != nullptr) check_tags(*tags, complaints);
    if (metadata != nullptr && !metadata->value.is_object()) {
        complaints.error("/metadata", "\"metadata\" must be an object");
    }
    if (timeout != nullptr) check_timeout(*timeout, complaints);
    if (max_attempts != nullptr) check_number(*max_attempts, true, 1, attempts_most, complaints);
    if (expect != nullptr) check_expect(*expect, draft, complaints);
    task.envelope.assign("{");
    for (const Field* field : {tags, metadata, timeout, max_attempts, expect}) {
        append_member(task.envelope, field);
    }
    for (const std::string_view name : {"task", "row", "variant"}) {
        append_origin(fields.find(name), task.envelope, complaints);
    }
    if (!folder.empty()) {
        task.envelope += task.envelope.size() > 1 ? ",\"folder\":" : "\"folder\":";
        append_json_quoted(task.envelope, folder);
    }
    task.envelope += '}';
    return complaints.errors() == before;
}

}  // namespace nightshift
