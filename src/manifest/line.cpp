#include "manifest/line.hpp"

#include "base/bounds.hpp"
#include "base/text/did_you_mean.hpp"
#include "json/json_number.hpp"
#include "json/json_scan.hpp"
#include "manifest/json_errors.hpp"
#include "manifest/key_check.hpp"
#include "manifest/line_draft.hpp"
#include "manifest/model_guess.hpp"
#include "manifest/stage_fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace nightshift {
namespace {

namespace dom = simdjson::dom;

// The parser keeps this much; a longer line gets its memory for itself alone.
constexpr std::size_t usual_line_bytes = 1u << 20;

// Every field must be one of `names`, an envelope name, or one of `short_fields`.
void complain_of_unknown(const Fields& fields, const std::string_view* first,
                         const std::string_view* last, const EndpointSpec* spec,
                         Complaints& complaints) {
    const auto is_known = [&](std::string_view name) {
        if (std::find(first, last, name) != last) return true;
        if (std::find(envelope_names.begin(), envelope_names.end(), name) != envelope_names.end()) {
            return true;
        }
        if (is_stage_field(name)) return true;
        return spec != nullptr &&
               std::any_of(spec->short_fields.begin(), spec->short_fields.end(),
                           [&](const ShortField& field) { return field.name == name; });
    };
    for (const auto& field : fields.all()) {
        if (is_known(field.name)) continue;
        std::vector<std::string> names(first, last);
        names.insert(names.end(), envelope_names.begin(), envelope_names.end());
        names.insert(names.end(), stage_fields().begin(), stage_fields().end());
        if (spec != nullptr) {
            for (const auto& each : spec->short_fields) names.push_back(each.name);
        }
        const std::string name(field.name);
        const std::string* near = nearest_of(name, names);
        std::string remedy;
        if (name == "custom_id" && spec != nullptr) {
            remedy = "in a short line it is called \"id\"";
        } else if (near != nullptr) {
            remedy = fmt::format("did you mean \"{}\"?", *near);
            if (spec != nullptr) remedy += " Other fields of the body go into \"params\"";
        } else {
            remedy = spec != nullptr ? "other fields of the body go into \"params\""
                                     : "fields of the request belong into its body; notes of "
                                       "yours into \"metadata\"";
        }
        const std::string of = spec != nullptr ? " of " + spec->endpoint : "";
        complaints.error_key('/' + pointer_token(name),
                             fmt::format("unknown field \"{}\"{}", name, of), remedy);
    }
}

}  // namespace

struct LineParser::Work : LineContext {
    Work(const EndpointTable& endpoints, LineOptions line_options)
        : LineContext(endpoints, std::move(line_options)) {
        prepare(usual_line_bytes);
    }

    void prepare(std::size_t bytes) {
        parser = dom::parser();
        const auto error = parser.allocate(bytes, limits::json_depth + 1);
        if (error != simdjson::SUCCESS) throw std::bad_alloc();
    }

    bool parse_json(const RawLine& line, JsonElement& root, Complaints& complaints);
    bool check_structure(const JsonElement& root, const RawLine& line, Complaints& complaints);
    void collect(const RawLine& line, const JsonElement& root);
    bool refuse_stages(Complaints& complaints) const;
    bool make_draft(const JsonElement& root, Draft& draft, Complaints& complaints);
    void warn_of_guess(const Draft& draft, ModelRules& known, Complaints& complaints);
    bool check_model(Draft& draft, Complaints& complaints);
    void fill(const RawLine& line, const Draft& draft, ManifestTask& task);
    void fill_stage(TemplateLine& templates, ManifestTask& task);
    void warn_of_braces(const RawLine& line, Complaints& complaints);
    bool makes_template() const;

    dom::parser parser;
    std::string patched;  // a line with numbers that fit no machine number
    Fields fields;
    StructureCheck structure;
    bool braces_told = false;
};

bool LineParser::Work::parse_json(const RawLine& line, JsonElement& root, Complaints& complaints) {
    if (line.text.size() > parser.capacity()) {
        prepare(line.text.size());
    } else if (parser.capacity() > usual_line_bytes && line.text.size() <= usual_line_bytes) {
        prepare(usual_line_bytes);
    }
    auto error = parser.parse(line.text.data(), line.text.size(), false).get(root);
    if (error == simdjson::NUMBER_ERROR) {
        patched.assign(line.text);
        if (replace_huge_numbers(patched)) {
            patched.reserve(patched.size() + simdjson::SIMDJSON_PADDING);
            error = parser.parse(patched.data(), patched.size(), false).get(root);
        }
    }
    if (error != simdjson::SUCCESS) {
        auto diagnosis = diagnose_json(line.text);
        if (diagnosis.what.empty()) diagnosis.what = simdjson::error_message(error);
        complaints.error_at(diagnosis.at, std::move(diagnosis.what),
                            std::move(diagnosis.what_to_do));
        return false;
    }
    if (root.is_object()) return true;
    complaints.error("", fmt::format("a line must be an object, not {}", type_in_words(root)),
                     root.is_array() ? "`jq -c '.[]'` writes the elements of a list as lines"
                                     : R"(a task is, say, {"model":"gpt-5.4","prompt":"Hello"})");
    return false;
}

bool LineParser::Work::check_structure(const JsonElement& root, const RawLine& line,
                                       Complaints& complaints) {
    if (structure.run(root)) return true;
    const std::string where = spoken(structure.pointer);
    const std::string in = where.empty() ? "" : fmt::format(" in \"{}\"", where);
    if (structure.key.empty() && !json_member(line.text, structure.pointer, "", 1)) {
        complaints.error(structure.pointer,
                         fmt::format("more than {} keys in one object", limits::json_keys));
        return false;
    }
    const auto second = json_member(line.text, structure.pointer, structure.key, 1);
    const auto at = second ? static_cast<std::size_t>(second->key.data() - line.text.data()) : 0;
    complaints.error_at(at, fmt::format("the key \"{}\" appears twice{}", structure.key, in),
                        "keep one");
    return false;
}

// Parsed members and their bytes side by side: both come in the order of the line.
void LineParser::Work::collect(const RawLine& line, const JsonElement& root) {
    fields.clear();
    JsonMembers members(line.text.substr(skip_space(line.text, 0)));
    const dom::object object = root.get_object().value_unsafe();
    for (const auto& [name, value] : object) {
        JsonMember member;
        if (!members.next(member)) return;
        fields.add({name, value, member.value});
    }
}

// The one place that says what recipes may ask for and runs do not carry out yet.
bool LineParser::Work::refuse_stages(Complaints& complaints) const {
    if (options.judge_only) return false;
    if (fields.find("want") != nullptr && fields.find("rows") != nullptr) {
        complaints.error_key("/want", "a group of wanted rows is not run by this version yet",
                             "`expand` and `check` take it");
        return true;
    }
    for (const auto& field : fields.all()) {
        const bool waits = !options.takes_waiting && nightshift::makes_template(field.name);
        if ((!is_refused_field(field.name) && !waits) || field.value.is_null()) continue;
        dom::array list;
        const bool is_empty = field.name == "fallback" &&
                              field.value.get_array().get(list) == simdjson::SUCCESS &&
                              list.size() == 0;
        if (is_empty) continue;  // no fallback is what a run does
        complaints.error_key('/' + std::string(field.name),
                             fmt::format("\"{}\" is not run by this version yet", field.name),
                             "`expand` and `check` take it; run the tasks that do without");
        return true;
    }
    const Field* expect = fields.find("expect");
    dom::object members;
    if (expect == nullptr || expect->value.get_object().get(members) != simdjson::SUCCESS) {
        return false;
    }
    for (const auto& member : members) {
        const bool is_alone = members.size() == 1;
        const bool is_done = (member.key == "json" || member.key == "json_schema") && is_alone;
        if (is_done || expected_of(member.key) == Expected::unknown) continue;
        complaints.error("/expect",
                         fmt::format("\"expect.{}\" is not judged by this version yet", member.key),
                         "json or json_schema, one of them alone, is");
        return true;
    }
    return false;
}

bool LineParser::Work::make_draft(const JsonElement& root, Draft& draft, Complaints& complaints) {
    const auto has = [this](std::string_view name) { return fields.find(name) != nullptr; };
    const auto unknown = [&](const auto& names, const EndpointSpec* spec) {
        complain_of_unknown(fields, names.data(), names.data() + names.size(), spec, complaints);
    };
    if (has("body")) {
        unknown(request_names, nullptr);
        return draft_request_line(fields, *this, draft, complaints);
    }
    if (has("request")) {
        unknown(gemini_names, nullptr);
        return draft_gemini_line(fields, *this, draft, complaints);
    }
    if (has("custom_id") && has("params") && !has("model")) {
        unknown(anthropic_names, nullptr);
        return draft_anthropic_line(fields, *this, draft, complaints);
    }
    if (!has("model") && (has("custom_id") || has("url") || has("method"))) {
        unknown(request_names, nullptr);
        complaints.error("", "a request line without \"body\"", "add \"body\"");
        return false;
    }
    if (!has("model") && !has("prompt") && !has("messages") && !has("input")) {
        complaints.error("",
                         "neither a request line (custom_id, url, body) nor a short line "
                         "(id, model, prompt)",
                         "see `nightshift help manifest`");
        return false;
    }
    const auto given = fields.has_null() ? fields.without_nulls() : Fields();
    const auto& told = fields.has_null() ? given : fields;
    const bool drafted = draft_short_line(told, root, *this, draft, complaints);
    // The fields of an endpoint that the model does not belong to say nothing.
    if (draft.spec != nullptr && !rules_of(*draft.spec, draft.model).mismatch_is_error) {
        unknown(short_names, draft.spec);
    }
    return drafted;
}

bool LineParser::Work::check_model(Draft& draft, Complaints& complaints) {
    const std::string at = draft.form == Draft::Form::short_line ? "/model"
                           : draft.spec->model_in_path()         ? "/url"
                                                                 : draft.body_at + "/model";
    for (const char c : draft.model) {
        if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F) continue;
        complaints.error(at, "the model's name holds a control character");
        return false;
    }
    if (draft.spec->model_in_path() && draft.model.find_first_of(" /?#\\") != std::string::npos) {
        complaints.error(at, fmt::format("\"{}\" cannot be the model in a path", draft.model));
        return false;
    }
    ModelRules& known = rules_of(*draft.spec, draft.model);
    draft.rules = &known;
    if (draft.model.empty()) return true;  // the schema says that it is missing
    if (!known.mismatch.empty() && known.mismatch_is_error) {
        complaints.error(at, known.mismatch, "change the model or the endpoint");
        return false;
    }
    if (!known.mismatch.empty() && !std::exchange(known.mismatch_told, true)) {
        complaints.warn(at, known.mismatch, "the gateway may still accept it");
    }
    if (!known.near.empty() && !std::exchange(known.near_told, true)) {
        complaints.warn(at, fmt::format("the model \"{}\" is not known", draft.model),
                        fmt::format("did you mean \"{}\"?", known.near));
    }
    if (known.near.empty()) warn_of_guess(draft, known, complaints);
    return true;
}

// A short line whose model no rule knows goes to chat: said, so that a video is not ordered there.
void LineParser::Work::warn_of_guess(const Draft& draft, ModelRules& known,
                                     Complaints& complaints) {
    const auto& spec = *draft.spec;
    const bool guessed = draft.form == Draft::Form::short_line && !spec.claims(draft.model) &&
                         fields.find("endpoint") == nullptr;
    const auto& names = spec.known_models;
    if (!guessed || known.guess_told ||
        std::find(names.begin(), names.end(), draft.model) != names.end()) {
        return;
    }
    const auto meant = endpoints_meant(draft.model);
    if (meant.empty() && is_chat_family(draft.model)) return;
    known.guess_told = true;
    std::string words;
    for (const auto& endpoint : meant) {
        if (table.named(endpoint) == nullptr) continue;
        words += (words.empty() ? "\"endpoint\": \"" : " or \"") + endpoint + "\"";
    }
    if (words.empty() && !meant.empty()) words = "it may need an endpoint that is not served here";
    if (words.empty()) words = fmt::format("\"endpoint\": \"{}\" if that is right", spec.endpoint);
    complaints.warn(
        "/model",
        fmt::format("no rule knows the model \"{}\": it goes to {}", draft.model, spec.endpoint),
        meant.empty()          ? "add " + words
        : words.front() == '"' ? "if it is not a chat model, add " + words
                               : words);
}

void LineParser::Work::fill(const RawLine& line, const Draft& draft, ManifestTask& task) {
    task.endpoint.assign(draft.spec->endpoint);
    task.model.assign(draft.model);
    task.body.assign(draft.body);
    task.line = line.line;
    task.column = line.column;
    task.waits = false;
    task.needs.clear();
    task.needs_only_success = false;
    task.stream = draft.stream;
    const Shape shape = draft.spec->shape;
    if (shape == Shape::anthropic_messages || shape == Shape::chat_messages) {
        bool stream = false;
        task.stream =
            draft.body_value["stream"].get_bool().get(stream) == simdjson::SUCCESS && stream;
    }
    if (draft.path.empty()) {
        task.path = draft.spec->path_for(draft.model, draft.stream);
    } else {
        task.path.assign(draft.path);
    }
    task.estimate = estimate_of(*draft.spec, draft.rules->makes_images, draft.body_value);
}

bool LineParser::Work::makes_template() const {
    const auto& all = fields.all();
    return std::any_of(all.begin(), all.end(), [](const Field& field) {
        return nightshift::makes_template(field.name) && !field.value.is_null();
    });
}

// A line that waits for nothing is sent as it stands.
void LineParser::Work::warn_of_braces(const RawLine& line, Complaints& complaints) {
    if (!options.judge_only || braces_told || line.by_recipe) return;
    const std::size_t open = line.text.find("{{");
    if (open == std::string_view::npos) return;
    const auto rest = line.text.substr(open, 100);
    const std::size_t close = rest.find("}}");
    if (close == std::string_view::npos) return;
    braces_told = true;
    complaints.warn("",
                    fmt::format("\"{}\" looks like a placeholder, and is sent as it stands",
                                rest.substr(0, close + 2)),
                    "placeholders are filled in lines with after, each or files");
}

// Results and files are taken to be a page of prose each.
void LineParser::Work::fill_stage(TemplateLine& templates, ManifestTask& task) {
    static constexpr std::int64_t tokens_of_result = 1000, characters_of_result = 4000;
    task.waits = true;
    task.body.assign(templates.text);
    task.needs = stages::needed_ids(templates.stage);
    task.needs_only_success = stages::needs_only_success(templates.stage);
    const auto* spec = table.named(task.endpoint);
    if (spec->group == "text" || spec->group == "image") {
        task.estimate.input_tokens += templates.use.late * tokens_of_result;
    }
    if (!spec->estimate.characters.empty()) {
        task.estimate.characters += templates.use.late * characters_of_result;
    }
}

LineParser::LineParser(const EndpointTable& table, LineOptions options)
    : work_(std::make_unique<Work>(table, std::move(options))) {}

LineParser::~LineParser() = default;

void LineParser::set_folder(std::string folder) {
    work_->options.folder = std::move(folder);
}

bool LineParser::parse(const RawLine& line, ManifestTask& task, std::vector<Problem>& problems) {
    Complaints complaints(line, problems);
    Work& work = *work_;
    JsonElement root;
    if (!work.parse_json(line, root, complaints)) return false;
    if (!work.check_structure(root, line, complaints)) return false;
    work.collect(line, root);
    if (work.refuse_stages(complaints)) return false;
    Draft draft;
    std::optional<TemplateLine> templates;
    if (work.makes_template()) {
        templates.emplace();
        if (!read_template_line(work.fields, work.options, line.by_recipe, *templates,
                                complaints)) {
            return false;
        }
        draft.templates = &*templates;
        complaints.drop_at(&templates->use.pointers);
    } else if (!check_no_stage(work.fields, complaints)) {
        return false;
    }
    const bool drafted = work.make_draft(root, draft, complaints);
    if (draft.spec == nullptr) return false;
    const bool model_good = work.check_model(draft, complaints);
    const std::string& folder =
        templates && !templates->stage.files.empty() ? work.options.folder : std::string();
    if (!read_envelope(work.fields, draft, folder, task, complaints) || !drafted) return false;
    if (!model_good) return false;
    if (!check_body(work, draft, work.fields, complaints)) return false;
    if (complaints.errors() > 0) return false;
    if (!templates) work.warn_of_braces(line, complaints);
    work.fill(line, draft, task);
    if (templates) work.fill_stage(*templates, task);
    return true;
}

}  // namespace nightshift
