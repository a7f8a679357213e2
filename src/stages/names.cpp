#include "stages/names.hpp"

#include "base/text/did_you_mean.hpp"
#include "stages/result.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace nightshift::stages {
namespace {

using recipe::Placeholder;

bool contains(const std::vector<std::string>& list, const std::string& name) {
    return std::find(list.begin(), list.end(), name) != list.end();
}

// The view behind an alias.
std::optional<Slip> view_slip(const Placeholder& placeholder, const std::vector<std::string>& known,
                              std::string_view owner) {
    const auto& path = placeholder.path;
    if (path.size() < 2) {
        return Slip{fmt::format("{} does not say which of its values", placeholder.name()),
                    fmt::format("write {{{{{}.{}}}}}; there are {}", path[0], known[0],
                                fmt::join(known, ", "))};
    }
    if (contains(known, path[1])) return std::nullopt;
    const std::string* near = nearest_of(path[1], known);
    // "story.txt" is a slip of "text" that the letters alone do not give away.
    static const std::string text = "text";
    if (near == nullptr && (path[1] == "txt" || path[1] == "content" || path[1] == "answer")) {
        near = &text;
    }
    return Slip{fmt::format("{}: a {} has no '{}'", placeholder.name(), owner, path[1]),
                near != nullptr ? fmt::format("did you mean '{}'?", *near)
                                : fmt::format("there are {}", fmt::join(known, ", "))};
}

std::optional<Slip> slip_in_text(const Placeholder& placeholder, const Need& need) {
    const auto& path = placeholder.path;
    if (path.size() == 1 && path[0] == "n") return std::nullopt;
    if (path[0] == need.as) return view_slip(placeholder, result_views(), "result");
    return Slip{fmt::format("{}: in text only {{{{n}}}} and values of {{{{{}...}}}} can be used",
                            placeholder.name(), need.as.empty() ? "AS." : need.as),
                need.as.empty() ? "\"as\" says what a result is called"
                                : "put the rest into the "
                                  "prompt"};
}

std::optional<Slip> unknown_name(const StageLine& line, const Placeholder& placeholder) {
    std::vector<std::string> names;
    for (const auto& need : line.needs) names.push_back(need.alias);
    for (const auto& slot : line.each) names.push_back(slot.name);
    for (const auto& file : line.files) names.push_back(file.alias);
    const std::string* near = nearest_of(placeholder.path[0], names);
    // A file that a row does not have is left out of its line.
    if (near == nullptr && placeholder.may_be_absent()) return std::nullopt;
    std::string remedy = near != nullptr ? fmt::format("did you mean '{}'?", *near)
                         : names.empty() ? std::string()
                                         : fmt::format("names: {}", fmt::join(names, ", "));
    if (near == nullptr)
        remedy += (remedy.empty() ? "" : "; ") + std::string(R"(a literal {{ is written {{"{{"}})");
    return Slip{fmt::format("{}: unknown name '{}'", placeholder.name(), placeholder.path[0]),
                std::move(remedy)};
}

}  // namespace

std::optional<Alias> alias_of(const StageLine& line, std::string_view name) {
    for (std::size_t i = 0; i < line.needs.size(); ++i) {
        if (line.needs[i].alias == name) return Alias{Alias::Kind::need, i};
    }
    for (std::size_t i = 0; i < line.each.size(); ++i) {
        if (line.each[i].name == name) return Alias{Alias::Kind::slot, i};
    }
    for (std::size_t i = 0; i < line.files.size(); ++i) {
        if (line.files[i].alias == name) return Alias{Alias::Kind::file, i};
    }
    return std::nullopt;
}

bool wants_publishing(const StageLine& line, const Placeholder& placeholder) {
    if (placeholder.path.size() < 2 || placeholder.path[1] != "url") return false;
    const auto alias = alias_of(line, placeholder.path[0]);
    return alias && alias->kind != Alias::Kind::slot;
}

std::optional<Slip> slip_in(const StageLine& line, const Placeholder& placeholder,
                            const Need* inside) {
    if (inside != nullptr && inside->text) return slip_in_text(placeholder, *inside);
    const auto& path = placeholder.path;
    if (inside != nullptr) {
        const auto scored = [&path](const auto& of) { return of.first == path[0]; };
        if (std::any_of(inside->of.begin(), inside->of.end(), scored)) {
            return view_slip(placeholder, result_views(), "result");
        }
    }
    const auto alias = alias_of(line, path[0]);
    if (!alias) return unknown_name(line, placeholder);
    if (alias->kind == Alias::Kind::slot) return std::nullopt;
    if (alias->kind == Alias::Kind::file) return view_slip(placeholder, file_views(), "file");
    const Need& need = line.needs[alias->index];
    if (!need.text) return view_slip(placeholder, result_views(), "result");
    if (path.size() == 1) return std::nullopt;
    return Slip{fmt::format("{}: '{}' is one text", placeholder.name(), path[0]),
                "write {{" + path[0] + "}}, or leave out \"text\" to get a list"};
}

std::vector<std::string> names_in(const recipe::Template& text) {
    std::vector<std::string> names;
    for (const auto& part : text.parts) {
        if (!part.placeholder) continue;
        const auto& name = part.placeholder->path[0];
        if (!contains(names, name)) names.push_back(name);
    }
    return names;
}

std::string_view value_key(const Need& need) {
    return need.kind == Need::Kind::number    ? "number"
           : need.kind == Need::Kind::highest ? "highest"
                                              : "lowest";
}

}  // namespace nightshift::stages
