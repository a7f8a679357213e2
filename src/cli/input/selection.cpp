#include "cli/input/selection.hpp"

#include "base/failure.hpp"
#include "base/text/terminal_text.hpp"
#include "cli/input/known_values.hpp"
#include "jobs/job_table.hpp"

#include <algorithm>

namespace nightshift::cli {
namespace {

std::vector<std::string> kind_words() {
    std::vector<std::string> words;
    for (int kind = 0; kind <= static_cast<int>(Kind::local_io); ++kind) {
        words.emplace_back(name_of(static_cast<Kind>(kind)));
    }
    return words;
}

void require_kinds(const std::vector<std::string>& words) {
    for (const auto& word : words) {
        if (kind_named(word)) continue;
        throw UsageError("--kind: unknown error kind \"" + term_safe(word, 80) + "\"" +
                         hint_for(word, kind_words()));
    }
}

}  // namespace

std::pair<std::string, std::string> name_and_value(const std::string& flag,
                                                   const std::string& text) {
    const auto equals = text.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == text.size()) {
        throw UsageError(flag + ": \"" + text + "\" must be NAME=VALUE");
    }
    return {text.substr(0, equals), text.substr(equals + 1)};
}

void require_endpoint(const std::string& flag, const std::string& endpoint) {
    if (find_job(endpoint) != nullptr) return;
    std::vector<std::string> names;
    for (const auto& entry : job_table()) names.emplace_back(entry.job.endpoint);
    throw UsageError(flag + ": unknown endpoint \"" + term_safe(endpoint, 80) + "\"" +
                     hint_for(endpoint, names));
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
            throw UsageError("--only: \"" + term_safe(name, 80) +
                             "\" must be endpoint, model or tag");
        }
    }
}

namespace {

// In any state.
Selection selection_of(const SelectArguments& select) {
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

}  // namespace

Selection cancel_selection(const SelectArguments& select) {
    auto selection = selection_of(select);
    selection.states = {select.held ? State::held : State::pending};
    if (!select.ids.empty() && !select.held) selection.states.push_back(State::held);
    return selection;
}

Selection list_selection(const SelectArguments& select) {
    auto selection = selection_of(select);
    require_kinds(select.kinds);
    selection.kinds = select.kinds;
    selection.flags = select.flags;
    for (const auto& word : select.states) selection.states.push_back(*state_named(word));
    return selection;
}

Selection retry_selection(const SelectArguments& select) {
    auto selection = selection_of(select);
    selection.kinds = select.kinds;
    selection.flags = select.flags;
    require_kinds(select.kinds);
    const auto is_ambiguous = [](const std::string& word) {
        return word == name_of(Kind::ambiguous_submit);
    };
    const bool ambiguous = std::any_of(select.kinds.begin(), select.kinds.end(), is_ambiguous);
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
