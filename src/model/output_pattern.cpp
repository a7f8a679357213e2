#include "model/output_pattern.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace nightshift {
namespace {

using namespace std::string_view_literals;

constexpr std::array words = {"id"sv, "tag"sv, "model"sv, "endpoint"sv};
constexpr std::size_t steps_max = 8;
constexpr std::size_t pattern_bytes_max = 200;

std::vector<std::string_view> split(std::string_view pattern) {
    std::vector<std::string_view> steps;
    while (true) {
        const auto slash = pattern.find('/');
        steps.push_back(pattern.substr(0, slash));
        if (slash == pattern.npos) return steps;
        pattern.remove_prefix(slash + 1);
    }
}

// Calls `plain` and `word` for the parts of a step; false when its braces do not match.
bool each_part(std::string_view step, const std::function<void(std::string_view)>& plain,
               const std::function<void(std::string_view)>& word) {
    while (!step.empty()) {
        const auto open = step.find_first_of("{}");
        plain(step.substr(0, open));
        if (open == step.npos) return true;
        const auto close = step.find_first_of("{}", open + 1);
        if (step[open] == '}' || close == step.npos || step[close] == '{') return false;
        word(step.substr(open + 1, close - open - 1));
        step.remove_prefix(close + 1);
    }
    return true;
}

std::string wrong_with_step(std::string_view step, bool& has_id) {
    std::string unknown;
    const auto no_plain = [](std::string_view) {};
    const bool matched = each_part(step, no_plain, [&](std::string_view word) {
        has_id = has_id || word == "id";
        if (std::find(words.begin(), words.end(), word) == words.end()) unknown = word;
    });
    if (!matched) return "a brace has no partner; write {id}, {tag}, {model} or {endpoint}";
    if (!unknown.empty()) {
        return "{" + unknown + "} is not known; use {id}, {tag}, {model} or {endpoint}";
    }
    const bool empty = step.empty() || step == "." || step == "..";
    if (empty) return "a step is empty, \".\" or \"..\"; write folders as in \"{tag}/{id}\"";
    const bool odd = std::any_of(step.begin(), step.end(), [](char c) {
        return static_cast<unsigned char>(c) < ' ' || c == '\x7F' || c == '\\';
    });
    return odd ? "it has a backslash or a control character; leave it out" : "";
}

}  // namespace

std::string wrong_with_output_pattern(std::string_view pattern) {
    const auto steps = split(pattern);
    if (steps.size() > steps_max || pattern.size() > pattern_bytes_max) {
        return "it is too long; at most 8 steps and 200 bytes";
    }
    bool has_id = false;
    for (const auto step : steps) {
        has_id = false;
        auto wrong = wrong_with_step(step, has_id);
        if (!wrong.empty()) return wrong;
    }
    return has_id ? "" : "its last step has no {id}; write for example \"{tag}/{id}\"";
}

std::vector<std::string> steps_of_output_pattern(
    std::string_view pattern, const std::function<std::string(std::string_view word)>& value) {
    std::vector<std::string> steps;
    for (const auto step : split(pattern)) {
        auto& made = steps.emplace_back();
        each_part(
            step, [&made](std::string_view text) { made += text; },
            [&made, &value](std::string_view word) { made += value(word); });
    }
    return steps;
}

}  // namespace nightshift
