#include "cli/live/selection_json.hpp"

#include "base/failure.hpp"
#include "base/text/terminal_text.hpp"

#include <algorithm>

namespace nightshift::cli {
namespace {

[[noreturn]] void refuse(const char* name, const char* form) {
    throw UsageError(std::string("\"") + name + "\" must be " + form);
}

}  // namespace

const control::Json* Members::take(const char* name) {
    taken_.emplace_back(name);
    const auto found = json_.find(name);
    return found == json_.end() || found->is_null() ? nullptr : &*found;
}

std::string Members::text(const char* name) {
    const auto* value = take(name);
    if (value == nullptr) return {};
    if (!value->is_string()) refuse(name, "a text");
    return value->get<std::string>();
}

bool Members::truth(const char* name) {
    const auto* value = take(name);
    if (value == nullptr) return false;
    if (!value->is_boolean()) refuse(name, "true or false");
    return value->get<bool>();
}

std::vector<std::string> Members::texts(const char* name) {
    const auto* value = take(name);
    if (value == nullptr) return {};
    const bool fits = value->is_array() && std::all_of(value->begin(), value->end(),
                                                       [](auto& each) { return each.is_string(); });
    if (!fits) refuse(name, "a list of texts");
    return value->get<std::vector<std::string>>();
}

control::Json Members::object(const char* name) {
    const auto* value = take(name);
    if (value == nullptr) return control::Json::object();
    if (!value->is_object()) refuse(name, "an object");
    return *value;
}

void Members::nothing_else() const {
    for (const auto& [name, value] : json_.items()) {
        if (std::find(taken_.begin(), taken_.end(), name) != taken_.end()) continue;
        throw UsageError("\"" + term_safe(name, 80) + "\" is not known here");
    }
}

control::Json json_of(const Selection& selection) {
    control::Json json = control::Json::object();
    for (const auto state : selection.states) json["states"].push_back(std::string(name_of(state)));
    const auto put = [&json](const char* name, const std::vector<std::string>& texts) {
        if (!texts.empty()) json[name] = texts;
    };
    put("endpoints", selection.endpoints);
    put("models", selection.models);
    put("tags", selection.tags);
    put("ids", selection.ids);
    put("kinds", selection.kinds);
    put("flags", selection.flags);
    if (!selection.metadata.empty()) json["metadata"] = selection.metadata;
    return json;
}

Selection selection_of(const control::Json& json) {
    Members members(json);
    Selection selection;
    for (const auto& word : members.texts("states")) {
        const auto state = state_named(word);
        if (!state) throw UsageError("unknown state \"" + term_safe(word, 80) + "\"");
        selection.states.push_back(*state);
    }
    selection.endpoints = members.texts("endpoints");
    selection.models = members.texts("models");
    selection.tags = members.texts("tags");
    selection.ids = members.texts("ids");
    selection.kinds = members.texts("kinds");
    selection.flags = members.texts("flags");
    const auto metadata = members.object("metadata");
    for (const auto& [key, values] : metadata.items()) {
        const control::Json one = {{"values", values}};
        selection.metadata[key] = Members(one).texts("values");
    }
    members.nothing_else();
    return selection;
}

}  // namespace nightshift::cli
