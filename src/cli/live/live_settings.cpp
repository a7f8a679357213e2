#include "cli/live/live_settings.hpp"

#include "base/failure.hpp"
#include "base/text/did_you_mean.hpp"
#include "base/text/duration.hpp"
#include "base/text/terminal_text.hpp"
#include "cli/input/config_file.hpp"
#include "jobs/job_table.hpp"
#include "json/json_builder.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace nightshift::cli {
namespace {

constexpr const char* limit_prefix = "limit.";
constexpr const char* nothing = "none";

struct Word {
    std::string name, value;
};

Word split(const std::string& setting) {
    const auto equals = setting.rfind('=');  // a model's name may have one
    if (equals == std::string::npos || equals == 0 || equals + 1 == setting.size()) {
        throw UsageError("set: \"" + term_safe(setting, 100) + "\" is not of the form NAME=VALUE");
    }
    return {setting.substr(0, equals), setting.substr(equals + 1)};
}

[[noreturn]] void refuse_name(const std::string& name) {
    static const std::vector<std::string> names = {"concurrency", "budget", "max_duration"};
    const auto* near = nearest_of(name, names);
    throw UsageError(
        fmt::format("set: \"{}\" cannot be set while a run is active; {}", term_safe(name, 100),
                    near != nullptr ? fmt::format("did you mean \"{}\"?", *near)
                                    : "known: concurrency, budget, max_duration, "
                                      "limit.MATCH.requests_per_minute, .tokens_per_minute, "
                                      ".concurrency, .remote_tasks, .burst"));
}

// The value as the configuration file would take it.
Config read_as_config(const Word& word, const std::string& table, const std::string& key) {
    if (word.value.find_first_not_of("0123456789.eE+-") != std::string::npos) {
        throw UsageError(
            fmt::format("set {}: \"{}\" is not a number", word.name, term_safe(word.value, 100)));
    }
    std::vector<Problem> problems;
    const auto text = table + "\n" + key + " = " + word.value + "\n";
    auto config = parse_config(text, "set", {}, problems);
    for (const auto& problem : problems) {
        if (problem.warning) continue;
        throw UsageError(
            fmt::format("set {}={}: {}", term_safe(word.name, 100), word.value, problem.what));
    }
    return config;
}

bool is_endpoint(const std::string& word) {
    return find_job(word) != nullptr;
}

LimitChange limit_of(const Word& word) {
    static const std::vector<std::string> fields = {"requests_per_minute", "tokens_per_minute",
                                                    "concurrency", "remote_tasks", "burst"};
    const auto rest = word.name.substr(std::string_view(limit_prefix).size());
    const auto dot = rest.rfind('.');
    const auto field = dot == std::string::npos ? "" : rest.substr(dot + 1);
    if (dot == std::string::npos || dot == 0 ||
        std::find(fields.begin(), fields.end(), field) == fields.end()) {
        throw UsageError(
            fmt::format("set: \"{}\" is not of the form limit.MATCH.FIELD; fields: "
                        "requests_per_minute, tokens_per_minute, concurrency, remote_tasks, burst",
                        term_safe(word.name, 100)));
    }
    LimitChange change;
    change.name = word.name;
    change.field = field;
    const auto match = rest.substr(0, dot);
    (is_endpoint(match) ? change.endpoint : change.match) = match;
    if (word.value == nothing) return change;
    const auto config = read_as_config(word, "[[limit]]\nmatch = \"*\"", field);
    const auto& rule = config.limits.front();
    change.value = rule.requests_per_minute;
    if (rule.tokens_per_minute) change.value = rule.tokens_per_minute;
    if (rule.concurrency) change.value = *rule.concurrency;
    if (rule.remote_tasks) change.value = *rule.remote_tasks;
    if (rule.burst) change.value = *rule.burst;
    return change;
}

}  // namespace

Changes parse_changes(const std::vector<std::string>& settings) {
    if (settings.empty())
        throw UsageError("set: give at least one setting, for example concurrency=8");
    Changes changes;
    std::vector<std::string> seen;
    for (const auto& setting : settings) {
        const auto word = split(setting);
        if (std::find(seen.begin(), seen.end(), word.name) != seen.end()) {
            throw UsageError("set: " + term_safe(word.name, 100) + " is given twice");
        }
        seen.push_back(word.name);
        const bool none = word.value == nothing;
        if (word.name == "concurrency") {
            changes.concurrency = read_as_config(word, "[run]", word.name).run.concurrency;
        } else if (word.name == "budget") {
            changes.budget.emplace();
            if (!none) changes.budget = read_as_config(word, "[run]", word.name).run.budget;
        } else if (word.name == "max_duration") {
            changes.max_duration_s.emplace();
            if (none) continue;
            auto seconds = word;
            if (const auto read = seconds_in(word.value)) seconds.value = fmt::format("{}", *read);
            changes.max_duration_s = read_as_config(seconds, "[run]", word.name).run.max_duration;
        } else if (word.name.rfind(limit_prefix, 0) == 0) {
            changes.limits.push_back(limit_of(word));
        } else {
            refuse_name(word.name);
        }
    }
    return changes;
}

}  // namespace nightshift::cli
