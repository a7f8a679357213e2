// Judges a body against its endpoint's schema, the model's own rules, and the few rules that no
// schema can say. Sources: wire contract 3.2, 6, 8.2, 12.

#include "base/text/glob.hpp"
#include "json/json_scan.hpp"
#include "manifest/line_draft.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string>

namespace nightshift {
namespace {

namespace dom = simdjson::dom;

bool contains(const std::vector<std::string>& list, std::string_view text) {
    return std::find(list.begin(), list.end(), text) != list.end();
}

// Where in the line a part of the body came from.
std::string line_pointer(const Draft& draft, const Fields& fields, std::string_view pointer) {
    if (draft.form != Draft::Form::short_line) return draft.body_at + std::string(pointer);
    const Field* params = fields.find("params");
    if (params != nullptr && json_at(params->raw, pointer)) return "/params" + std::string(pointer);
    const auto below = [&](std::string_view top, std::string_view name) {
        const bool inside = pointer == top || (pointer.substr(0, top.size()) == top &&
                                               pointer.substr(top.size(), 1) == "/");
        return inside && fields.find(name) != nullptr;
    };
    for (const auto& field : draft.spec->short_fields) {
        const std::string_view to = value_for(field.to, draft.model);
        if (to.empty() || !below(to, field.name)) continue;
        return '/' + field.name + std::string(pointer.substr(to.size()));
    }
    if (below("/messages", "messages")) return std::string(pointer);
    if (below("/contents", "messages")) return "/messages";
    if (below("/input/media", "images") || below("/input/media", "video")) {
        static constexpr std::string_view media = "/input/media/";
        std::size_t index = 0;
        const std::string_view rest = pointer.substr(std::min(media.size(), pointer.size()));
        std::from_chars(rest.data(), rest.data() + rest.size(), index);
        const bool has_video = fields.find("video") != nullptr;
        if (has_video && index == 0) return "/video";
        return "/images/" + std::to_string(index - (has_video ? 1 : 0));
    }
    return {};
}

class BodyCheck {
public:
    BodyCheck(const LineContext& context, const Draft& draft, const Fields& fields,
              Complaints& complaints)
        : context_(context), draft_(draft), fields_(fields), complaints_(complaints) {}

    bool run() {
        const int before = complaints_.errors();
        form(draft_.spec->body);
        for (const ModelCheck* check : draft_.rules->checks) form(check->schema);
        for (const auto& pattern : draft_.spec->media_urls) {
            media(draft_.body_value, pattern, "");
        }
        if (complaints_.errors() != before) return false;
        for (const ModelCheck* check : draft_.rules->warnings) {
            if (!check->schema.accepts(draft_.body_value)) continue;
            const std::size_t cut = check->say.find("; ");
            warn(check->at, check->say.substr(0, cut),
                 cut == std::string::npos ? "" : check->say.substr(cut + 2));
        }
        if (draft_.spec->shape == Shape::anthropic_messages) thinking();
        if (!draft_.spec->image_size.empty()) image_size();
        return true;
    }

private:
    void warn(std::string_view pointer, std::string what, std::string what_to_do) {
        complaints_.warn(line_pointer(draft_, fields_, pointer), std::move(what),
                         std::move(what_to_do));
    }

    void form(const JsonSchema& schema) {
        if (schema.accepts(draft_.body_value)) return;
        for (const auto& violation : schema.violations(draft_.body_value)) {
            const std::string pointer = line_pointer(draft_, fields_, violation.pointer);
            const std::string where = spoken(pointer.empty() ? violation.pointer : pointer);
            const std::string in = where.empty() ? "" : fmt::format(" in \"{}\"", where);
            complaints_.error(pointer,
                              violation.missing ? violation.what + in
                                                : fmt::format("\"{}\" {}", where, violation.what),
                              violation.description);
        }
    }

    // `pattern` is a JSON pointer with `*` for every element.
    void media(const JsonElement& value, std::string_view pattern, const std::string& at) {
        if (pattern.empty()) return link(value, at);
        const std::size_t end = std::min(pattern.find('/', 1), pattern.size());
        const std::string_view token = pattern.substr(1, end - 1);
        const std::string_view rest = pattern.substr(end);
        dom::array elements;
        JsonElement member;
        if (token == "*" && value.get_array().get(elements) == simdjson::SUCCESS) {
            std::size_t i = 0;
            for (const JsonElement element : elements) {
                media(element, rest, at + '/' + std::to_string(i++));
            }
        } else if (value.is_object() && value.at_key(token).get(member) == simdjson::SUCCESS) {
            media(member, rest, at + '/' + std::string(token));
        }
    }

    void link(const JsonElement& value, const std::string& at) {
        std::string_view url;
        if (!text_of(value, url)) return;  // its type is the schema's business
        std::string problem;
        if (context_.options.problem_of_media_url) {
            problem = context_.options.problem_of_media_url(url);
        } else if (url.substr(0, 7) != "http://" && url.substr(0, 8) != "https://") {
            problem = "is not an http(s) link";
        }
        if (problem.empty()) return;
        const std::string pointer = line_pointer(draft_, fields_, at);
        complaints_.error(pointer, fmt::format("\"{}\": {}", spoken(pointer), problem),
                          "the gateway fetches media itself: give a public http(s) link");
    }

    void thinking() {
        std::int64_t budget = 0, limit = 0;
        const JsonElement& body = draft_.body_value;
        if (body["thinking"]["budget_tokens"].get_int64().get(budget) != simdjson::SUCCESS ||
            body["max_tokens"].get_int64().get(limit) != simdjson::SUCCESS || budget < limit) {
            return;
        }
        warn("/thinking/budget_tokens",
             fmt::format("the thinking budget ({}) is not below max_tokens ({}), which the model "
                         "refuses",
                         budget, limit),
             "raise max_tokens or lower the budget");
    }

    // gpt-image-2: sides are multiples of 16, at most 3840; at most 3:1; 655,360 to 8,294,400
    // pixels (wire contract 12). Others may know other sizes, hence only a warning.
    void image_size() {
        std::string_view text;
        const auto& pointer = draft_.spec->image_size;
        if (draft_.body_value.at_pointer(pointer).get_string().get(text) != simdjson::SUCCESS ||
            text == "auto") {
            return;
        }
        unsigned width = 0, height = 0;
        const char* const end = text.data() + text.size();
        const auto first = std::from_chars(text.data(), end, width);
        bool good = first.ec == std::errc() && first.ptr != end && *first.ptr == 'x';
        if (good) {
            const auto second = std::from_chars(first.ptr + 1, end, height);
            good = second.ec == std::errc() && second.ptr == end && width > 0 && height > 0;
        }
        if (!good) {
            return warn(pointer, fmt::format("the size \"{}\" is not WIDTHxHEIGHT", text),
                        "write such as \"1024x1024\" (with the letter x), or \"auto\"");
        }
        if (draft_.model != "gpt-image-2") return;
        const std::uint64_t pixels = std::uint64_t{width} * height;
        const auto [low, high] = std::minmax(width, height);
        if (width % 16 == 0 && height % 16 == 0 && high <= 3840 && high <= 3 * low &&
            pixels >= 655'360 && pixels <= 8'294'400) {
            return;
        }
        warn(pointer, fmt::format("gpt-image-2 probably refuses the size \"{}\"", text),
             "sides: multiples of 16, at most 3840, at most 3:1, 655,360 to 8,294,400 pixels");
    }

    const LineContext& context_;
    const Draft& draft_;
    const Fields& fields_;
    Complaints& complaints_;
};

// Why a model does not belong to an endpoint, if another one claims it.
void judge_match(const EndpointTable& table, const EndpointSpec& spec, ModelRules& rules) {
    const EndpointSpec& owner = table.of_model(rules.model);
    const bool owned = owner.claims(rules.model) || contains(owner.known_models, rules.model);
    if (&owner == &spec || !owned) return;
    const bool both_images = owner.makes_images(rules.model) && spec.group == "image";
    rules.mismatch_is_error = owner.group != spec.group && !both_images;
    rules.mismatch = fmt::format("the model \"{}\" belongs to {} ({}), not to {}", rules.model,
                                 owner.endpoint, owner.path, spec.endpoint);
}

}  // namespace

ModelRules& LineContext::rules_of(const EndpointSpec& spec, std::string_view model) {
    rules_key.assign(spec.endpoint);
    rules_key += '\0';
    rules_key += model;
    const auto found = rules.find(rules_key);
    if (found != rules.end()) return found->second;
    // A manifest that names thousands of models is made-up; forgetting costs only time.
    if (rules.size() > 4096) rules.clear();
    ModelRules& made = rules[rules_key];
    made.model = std::string(model);
    made.near = table.known_model_near(model);
    made.makes_images = spec.makes_images(model);
    for (const auto& check : spec.checks) {
        if (glob_matches(check.model, model)) made.checks.push_back(&check);
    }
    for (const auto& check : spec.warnings) {
        if (glob_matches(check.model, model)) made.warnings.push_back(&check);
    }
    judge_match(table, spec, made);
    return made;
}

bool check_body(const LineContext& context, const Draft& draft, const Fields& fields,
                Complaints& complaints) {
    return BodyCheck(context, draft, fields, complaints).run();
}

}  // namespace nightshift
