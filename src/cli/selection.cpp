#include "cli/selection.hpp"

#include "core/failure.hpp"
#include "jobs/job_table.hpp"

namespace nightshift::cli {

std::pair<std::string, std::string> name_and_value(const std::string& flag,
                                                   const std::string& text) {
    const auto equals = text.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == text.size()) {
        throw UsageError(flag + ": \"" + text + "\" is not of the form NAME=VALUE");
    }
    return {text.substr(0, equals), text.substr(equals + 1)};
}

void require_endpoint(const std::string& flag, const std::string& endpoint) {
    if (find_job(endpoint) != nullptr) return;
    std::string names;
    for (const auto& entry : job_table()) {
        names += (names.empty() ? "" : ", ") + std::string(entry.job.endpoint);
    }
    throw UsageError(flag + ": there is no endpoint \"" + endpoint + "\"; it is one of " + names);
}

void add_only(Selection& selection, const std::vector<std::string>& only) {
    for (const auto& each : only) {
        const auto [name, value] = name_and_value("--only", each);
        if (name == "endpoint") {
            require_endpoint("--only", value);
            selection.endpoints.push_back(value);
        } else if (name == "model") {
            selection.models.push_back(value);
        } else if (name == "tag") {
            selection.tags.push_back(value);
        } else {
            throw UsageError("--only: \"" + name + "\" is none of endpoint, model, tag");
        }
    }
}

Selection cancel_selection(const SelectArguments& select) {
    Selection selection;
    selection.ids = select.ids;
    for (const auto& endpoint : select.endpoints) require_endpoint("--endpoint", endpoint);
    selection.endpoints = select.endpoints;
    selection.models = select.models;
    selection.tags = select.tags;
    for (const auto& each : select.where) {
        const auto [key, value] = name_and_value("--where", each);
        selection.metadata[key].push_back(value);
    }
    add_only(selection, select.only);
    return selection;
}

Selection retry_selection(const SelectArguments& select) {
    auto selection = cancel_selection(select);
    selection.kinds = select.kinds;
    selection.flags = select.flags;
    bool ambiguous = false;
    for (const auto& word : select.kinds) {
        const auto kind = kind_named(word);
        if (!kind) throw UsageError("--kind: \"" + word + "\" is no error kind");
        ambiguous = ambiguous || *kind == Kind::ambiguous_submit;
    }
    auto& states = selection.states;
    if (select.failed) states.push_back(State::failed);
    if (select.held) states.push_back(State::held);
    if (!states.empty()) return selection;
    if (!select.kinds.empty()) {
        states = {State::failed};
        if (ambiguous) states.push_back(State::held);  // these are never failed
    } else if (!select.flags.empty()) {
        states = {State::succeeded};
    } else if (!select.ids.empty()) {
        states = {State::failed, State::held, State::succeeded, State::cancelled};
    } else {
        throw UsageError("retry: say which tasks: --failed, --held, --kind K, --flag F or --id ID");
    }
    return selection;
}

}  // namespace nightshift::cli
