// What the files that read one line share. Private to src/manifest.
//
// line.cpp finds the shape and fills a Draft with the help of batch_line.cpp (bodies as written) or
// short_line.cpp; template_line.cpp, envelope_fields.cpp and body_check.cpp judge it; estimate.cpp
// measures it.

#pragma once

#include "json/json_builder.hpp"
#include "manifest/line.hpp"
#include "stages/read_stage.hpp"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace nightshift {

using JsonElement = simdjson::dom::element;

// A member of the line's object: the parsed value and its very bytes.
struct Field {
    std::string_view name;
    JsonElement value;
    std::string_view raw;
};

class Fields {
public:
    void clear() { all_.clear(); }
    void add(const Field& field) { all_.push_back(field); }
    const std::vector<Field>& all() const { return all_; }
    bool has_null() const {
        return std::any_of(all_.begin(), all_.end(),
                           [](const Field& field) { return field.value.is_null(); });
    }
    // Tables that are written as lines give a null to each empty cell.
    Fields without_nulls() const {
        Fields given;
        std::copy_if(all_.begin(), all_.end(), std::back_inserter(given.all_),
                     [](const Field& field) { return !field.value.is_null(); });
        return given;
    }
    // nullptr when the line does not have it.
    const Field* find(std::string_view name) const {
        for (const auto& field : all_) {
            if (field.name == name) return &field;
        }
        return nullptr;
    }

private:
    std::vector<Field> all_;
};

// Collects what is wrong with one line and finds the place of it.
class Complaints {
public:
    Complaints(const RawLine& line, std::vector<Problem>& problems)
        : line_(line), problems_(problems) {}

    // At a byte of the line; at a JSON pointer in the line (the nearest part that is there).
    void error_at(std::size_t offset, std::string what, std::string what_to_do = {});
    void error(std::string_view pointer, std::string what, std::string what_to_do = {});
    void warn(std::string_view pointer, std::string what, std::string what_to_do = {});
    // At the key rather than at the value.
    void error_key(std::string_view pointer, std::string what, std::string what_to_do = {});
    int errors() const { return errors_; }
    // From now on what is told at one of these JSON pointers or below is dropped: strings whose
    // placeholders are not filled yet. Borrowed.
    void drop_at(const std::vector<std::string>* pointers) { dropped_ = pointers; }

private:
    bool is_dropped(std::string_view pointer) const;
    void add(bool warning, std::size_t offset, std::string what, std::string what_to_do);
    std::size_t offset_of(std::string_view pointer, bool key) const;

    const RawLine& line_;
    std::vector<Problem>& problems_;
    const std::vector<std::string>* dropped_ = nullptr;
    int errors_ = 0;
};

// "/body/input/media/0/url" as people write it: "body.input.media[0].url".
std::string spoken(std::string_view pointer);

// What is known of a model at an endpoint; made once for each.
struct ModelRules {
    std::string model;
    std::vector<const ModelCheck*> checks, warnings;
    std::string near;      // the known model that the name is close to
    std::string mismatch;  // why this model does not belong to this endpoint
    bool mismatch_is_error = false;
    bool makes_images = false;
    bool near_told = false, mismatch_told = false, guess_told = false;
};

// The stage of a line that waits (template_line.cpp).
struct TemplateLine {
    stages::StageLine stage;
    stages::TemplateUse use;
    std::string text;  // of the stage
    bool holds(std::string_view pointer) const {
        return std::find(use.pointers.begin(), use.pointers.end(), pointer) != use.pointers.end();
    }
};

// The line on its way to a task.
struct Draft {
    enum class Form { request_line, anthropic_line, gemini_line, short_line };
    Form form = Form::request_line;
    const EndpointSpec* spec = nullptr;
    std::string_view model;
    std::string_view path;  // as a url says; empty: the spec's own
    std::string_view body;  // the bytes
    std::string body_at;    // JSON pointer of the body in the line; "" for short lines
    JsonElement body_value;
    bool stream = false;
    ModelRules* rules = nullptr;
    const TemplateLine* templates = nullptr;  // of a line that waits
};

// The parts of the work that live as long as the parser.
struct LineContext {
    LineContext(const EndpointTable& endpoints, LineOptions line_options)
        : table(endpoints), options(std::move(line_options)) {}

    const EndpointTable& table;
    LineOptions options;
    std::unordered_map<std::string, ModelRules> rules;  // by endpoint, NUL, model
    std::string rules_key;
    RawJson builder;
    std::string built_body;    // of the present short line
    std::string patched_body;  // the same with huge numbers replaced, for the parser
    simdjson::dom::parser body_parser;

    ModelRules& rules_of(const EndpointSpec& spec, std::string_view model);
};

inline constexpr std::array<std::string_view, 6> envelope_names = {
    "priority", "tags", "metadata", "timeout", "max_attempts", "expect"};
inline constexpr std::array<std::string_view, 5> request_names = {"custom_id", "id", "method",
                                                                  "url", "body"};
inline constexpr std::array<std::string_view, 3> anthropic_names = {"custom_id", "id", "params"};
inline constexpr std::array<std::string_view, 5> gemini_names = {"key", "custom_id", "id",
                                                                 "request", "model"};
inline constexpr std::array<std::string_view, 4> short_names = {"id", "model", "endpoint",
                                                                "params"};

// Fill spec, model, path, body, stream of a line whose body stands in it (batch_line.cpp).
bool draft_request_line(const Fields& fields, LineContext& context, Draft& draft,
                        Complaints& complaints);
bool draft_anthropic_line(const Fields& fields, LineContext& context, Draft& draft,
                          Complaints& complaints);
bool draft_gemini_line(const Fields& fields, LineContext& context, Draft& draft,
                       Complaints& complaints);
// Finds the endpoint of a short line, checks its fields and builds its body (shape.cpp).
bool draft_short_line(const Fields& fields, const JsonElement& line, LineContext& context,
                      Draft& draft, Complaints& complaints);

// Reads after, each, files, when, on_failed and the placeholders of the request
// (template_line.cpp). False when something is wrong with them.
bool read_template_line(const Fields& fields, const LineOptions& options, bool by_recipe,
                        TemplateLine& line, Complaints& complaints);
// The same of a line that has none of after, each and files.
bool check_no_stage(const Fields& fields, Complaints& complaints);

// id, priority and the envelope's text (envelope_fields.cpp). `folder`: of its files, or empty.
bool read_envelope(const Fields& fields, const Draft& draft, const std::string& folder,
                   ManifestTask& task, Complaints& complaints);

// The elements of `images` in a short line as parts of a message, each behind a comma
// (short_images.cpp). False when one is no image for this protocol.
bool append_image_parts(const Field& images, const LineContext& context, const Draft& draft,
                        std::string& parts, Complaints& complaints);

// Judges the body of a draft (body_check.cpp).
bool check_body(const LineContext& context, const Draft& draft, const Fields& fields,
                Complaints& complaints);

// The text of a value that is one, else nullptr-like empty with `is` false.
inline bool text_of(const JsonElement& value, std::string_view& text) {
    return value.get_string().get(text) == simdjson::SUCCESS;
}

// "a text", "a number", ... for messages.
std::string_view type_in_words(const JsonElement& value);

// Measures a body (estimate.cpp).
Estimate estimate_of(const EndpointSpec& spec, bool makes_images, const JsonElement& body);

}  // namespace nightshift
