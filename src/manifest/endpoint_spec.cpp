#include "manifest/endpoint_spec.hpp"

#include "base/text/did_you_mean.hpp"
#include "base/text/glob.hpp"
#include "manifest/problem.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <stdexcept>

namespace nightshift {
namespace {

using Json = nlohmann::ordered_json;

std::vector<std::string> texts(const Json& schema, const char* key) {
    return schema.contains(key) ? schema.at(key).get<std::vector<std::string>>()
                                : std::vector<std::string>();
}

// A member that is null is sent as it stands, and the gateway takes it for absent.
JsonSchema compiled(const Json& schema, const std::string& where) {
    auto result = JsonSchema::compile(schema.dump(), JsonSchema::Nulls::absent);
    if (!result.problem.empty()) {
        throw std::runtime_error(where + result.pointer + ' ' + result.problem);
    }
    return std::move(result.schema);
}

ByModel by_model(const Json& rules) {
    if (rules.is_string()) return {{"*", rules.get<std::string>()}};
    ByModel result;
    for (const auto& [glob, value] : rules.items()) {
        result.emplace_back(glob, value.get<std::string>());
    }
    return result;
}

Shape shape_named(const std::string& name) {
    if (name == "plain") return Shape::plain;
    if (name == "anthropic_messages") return Shape::anthropic_messages;
    if (name == "chat_messages") return Shape::chat_messages;
    if (name == "gemini_contents") return Shape::gemini_contents;
    if (name == "happyhorse_media") return Shape::happyhorse_media;
    throw std::runtime_error("x-shape is unknown: " + name);
}

std::vector<ModelCheck> model_checks(const Json& schema, const char* key, const char* form) {
    std::vector<ModelCheck> result;
    if (!schema.contains(key)) return result;
    for (const auto& each : schema.at(key)) {
        result.push_back({each.value("model", "*"), compiled(each.at(form), key),
                          each.value("at", ""), each.value("say", "")});
    }
    return result;
}

std::string replaced(const std::string& path, std::string_view model) {
    const std::size_t at = path.find("{model}");
    if (at == std::string::npos) return path;
    return path.substr(0, at) + std::string(model) + path.substr(at + 7);
}

bool matches_any(const std::vector<std::string>& globs, std::string_view model) {
    return std::any_of(globs.begin(), globs.end(),
                       [&](const auto& glob) { return glob_matches(glob, model); });
}

// The model in `path` when it is `pattern` with {model} filled in.
bool fits_path(std::string_view pattern, std::string_view path, std::string_view& model) {
    const std::size_t at = pattern.find("{model}");
    if (at == std::string_view::npos) return pattern == path;
    const std::string_view head = pattern.substr(0, at), tail = pattern.substr(at + 7);
    if (path.size() <= head.size() + tail.size() || path.substr(0, at) != head ||
        path.substr(path.size() - tail.size()) != tail) {
        return false;
    }
    model = path.substr(at, path.size() - head.size() - tail.size());
    return true;
}

}  // namespace

std::string_view value_for(const ByModel& rules, std::string_view model) {
    for (const auto& [glob, value] : rules) {
        if (glob_matches(glob, model)) return value;
    }
    return {};
}

bool EndpointSpec::claims(std::string_view model) const {
    return std::any_of(models.begin(), models.end(),
                       [&](const auto& glob) { return glob != "*" && glob_matches(glob, model); });
}

bool EndpointSpec::makes_images(std::string_view model) const {
    return group == "image" || matches_any(image_models, model);
}

std::string EndpointSpec::path_for(std::string_view model, bool stream) const {
    return replaced(stream && !stream_path.empty() ? stream_path : path, model);
}

EndpointSpec EndpointSpec::parse(std::string_view schema_text) {
    const Json schema = Json::parse(schema_text);
    EndpointSpec spec;
    spec.endpoint = schema.at("endpoint");
    spec.description = schema.at("description");
    spec.group = schema.at("group");
    spec.path = schema.at("path");
    spec.stream_path = schema.value("stream_path", "");
    spec.models = texts(schema, "models");
    spec.known_models = texts(schema, "known_models");
    spec.image_models = texts(schema, "image_models");
    spec.media_urls = texts(schema, "x-media-urls");
    spec.image_size = schema.value("x-image-size", "");
    if (schema.contains("x-media-types")) spec.media_types = by_model(schema.at("x-media-types"));
    spec.shape = shape_named(schema.at("x-shape"));
    spec.body = compiled(schema.at("body"), spec.endpoint + " body");
    spec.short_form = compiled(schema.at("short"), spec.endpoint + " short");
    for (const auto& [name, property] : schema.at("short").at("properties").items()) {
        spec.short_fields.push_back(
            {name, property.contains("x-to") ? by_model(property.at("x-to")) : ByModel()});
    }
    for (const auto& each : schema.value("x-defaults", Json::array())) {
        spec.defaults.push_back({each.value("model", "*"), each.at("to"), each.at("value").dump()});
    }
    spec.checks = model_checks(schema, "x-by-model", "body");
    spec.warnings = model_checks(schema, "x-warnings", "when");
    const Json estimate = schema.value("x-estimate", Json::object());
    spec.estimate = {texts(estimate, "output_tokens"), texts(estimate, "images"),
                     texts(estimate, "seconds"), texts(estimate, "characters"),
                     estimate.value("seconds_default", 0.0)};
    return spec;
}

EndpointTable::EndpointTable(const std::vector<std::string_view>& schema_texts) {
    for (const auto text : schema_texts) {
        specs_.push_back(std::make_unique<EndpointSpec>(EndpointSpec::parse(text)));
    }
    for (const auto& spec : specs_) {
        const auto& globs = spec->models;
        if (std::find(globs.begin(), globs.end(), "*") != globs.end()) fallback_ = spec.get();
    }
    if (fallback_ == nullptr) throw std::runtime_error("no endpoint takes every model (\"*\")");
}

const EndpointSpec* EndpointTable::named(std::string_view endpoint) const {
    for (const auto& spec : specs_) {
        if (spec->endpoint == endpoint) return spec.get();
    }
    return nullptr;
}

const EndpointSpec& EndpointTable::of_model(std::string_view model) const {
    for (const auto& spec : specs_) {
        if (spec->claims(model)) return *spec;
    }
    return *fallback_;
}

EndpointTable::Target EndpointTable::of_path(std::string_view path) const {
    for (const auto& spec : specs_) {
        Target target{spec.get(), {}, false};
        if (fits_path(spec->path, path, target.model)) return target;
        if (!spec->stream_path.empty() && fits_path(spec->stream_path, path, target.model)) {
            target.stream = true;
            return target;
        }
    }
    return {};
}

std::vector<std::string> EndpointTable::endpoint_names() const {
    std::vector<std::string> names;
    for (const auto& spec : specs_) names.push_back(spec->endpoint);
    return names;
}

std::vector<std::string> EndpointTable::paths() const {
    std::vector<std::string> paths;
    for (const auto& spec : specs_) paths.push_back(spec->path);
    return paths;
}

std::string EndpointTable::known_model_near(std::string_view model) const {
    std::vector<std::string> known;
    for (const auto& spec : specs_) {
        for (const auto& name : spec->known_models) {
            if (name == model) return {};
            known.push_back(name);
        }
    }
    const std::string* near = nearest_of(std::string(model), known, 2);
    return near != nullptr ? *near : std::string();
}

}  // namespace nightshift
