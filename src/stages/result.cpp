#include "stages/result.hpp"

#include "base/text/did_you_mean.hpp"
#include "json/json_scan.hpp"
#include "stages/splice.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace nightshift::stages {
namespace {

using recipe::Found;
using recipe::Value;

constexpr std::array<std::string_view, 9> columns = {"text",  "reasoning", "finish_reason",
                                                     "model", "usage",     "flags",
                                                     "after", "metadata",  "outputs"};
constexpr std::array<std::string_view, 6> columns_of_files = {"path",  "media_type", "bytes",
                                                              "width", "height",     "duration_s"};

template <class List>
bool contains(const List& list, std::string_view name) {
    return std::find(list.begin(), list.end(), name) != list.end();
}

// path[from...] below a value; what is not there is called by its path from `named` on.
Found below(const Value& value, const std::vector<std::string>& path, std::size_t from,
            std::size_t named) {
    Found found = recipe::walk(value, path, from);
    if (found.state != Found::State::absent) return found;
    // The shortest path that leads nowhere says most.
    std::vector<std::string> part(path.begin(), path.begin() + static_cast<std::ptrdiff_t>(from));
    Found above = Found::of(value);
    while (part.size() < path.size()) {
        part.push_back(path[part.size()]);
        Found step = recipe::walk(value, part, from);
        if (step.state == Found::State::there) {
            above = std::move(step);
            continue;
        }
        const std::string name = recipe::joined_path(part, named);
        if (!above.value.is_object()) {
            return Found::absent(fmt::format("{} is not there: {}", name, step.why));
        }
        const std::string* near = nearest_of(part.back(), above.value.names);
        return Found::absent(fmt::format("{} is not there{}", name,
                                         near == nullptr ? "" : "; did you mean '" + *near + "'?"));
    }
    return found;
}

// Between the fences, when the whole text is one fenced block ("```json" to "```").
std::string_view without_fence(std::string_view text) {
    static constexpr std::string_view fence = "```";
    if (text.size() < 2 * fence.size() || !text.starts_with(fence) || !text.ends_with(fence)) {
        return text;
    }
    const std::size_t line = text.find('\n');
    if (line == std::string_view::npos || line > text.size() - fence.size()) return text;
    return text.substr(line + 1, text.size() - fence.size() - line - 1);
}

}  // namespace

const std::vector<std::string>& result_views() {
    static const std::vector<std::string> views = {
        "text",   "reasoning", "finish_reason", "model", "usage",  "flags",  "metadata",
        "json",   "path",      "media_type",    "bytes", "width",  "height", "duration_s",
        "base64", "data_url",  "url",           "link",  "outputs"};
    return views;
}

const std::vector<std::string>& file_views() {
    static const std::vector<std::string> views = {"data_url", "base64", "media_type", "text",
                                                   "path",     "bytes",  "url"};
    return views;
}

std::optional<Value> json_in_answer(std::string_view text) {
    return recipe::parse_json(without_fence(recipe::trimmed(text)));
}

Result::Result(std::string_view ledger_line) {
    const std::size_t begin = skip_space(ledger_line, 0);
    if (begin >= ledger_line.size() || ledger_line[begin] != '{') return;
    if (!is_sound(ledger_line)) return;
    JsonMembers members(ledger_line.substr(begin));
    for (JsonMember member; members.next(member);) {
        if (contains(columns, member.key)) raw_.emplace(member.key, member.value);
    }
}

// A column that is damaged or not there is null.
const Value& Result::column(const std::string& name) {
    const auto known = parsed_.find(name);
    if (known != parsed_.end()) return known->second;
    const auto raw = raw_.find(name);
    std::optional<Value> value;
    if (raw != raw_.end()) value = recipe::parse_json(raw->second);
    Value& made = parsed_[name];
    if (value) made = std::move(*value);
    if (name == "outputs") take_links();
    return made;
}

// Links are not columns: whoever uses one must know that it will not last.
void Result::take_links() {
    Value& outputs = parsed_["outputs"];
    for (std::size_t i = 0; i < outputs.items.size(); ++i) {
        Value& output = outputs.items[i];
        const auto at = std::find(output.names.begin(), output.names.end(), "url");
        if (at == output.names.end()) continue;
        const auto place = at - output.names.begin();
        if (i == 0 && output.items[static_cast<std::size_t>(place)].is_text()) {
            link_ = output.items[static_cast<std::size_t>(place)].text;
        }
        output.items.erase(output.items.begin() + place);
        output.names.erase(at);
    }
}

const Found& Result::json() {
    if (json_) return *json_;
    const Value& text = column("text");
    if (!text.is_text()) return json_.emplace(Found::absent("text is null"));
    auto value = json_in_answer(text.text);
    if (!value) return json_.emplace(Found::absent("the answer is not JSON"));
    return json_.emplace(Found::of(std::move(*value)));
}

const Value* Result::first_file() {
    const Value& outputs = column("outputs");
    return outputs.is_list() && !outputs.items.empty() && outputs.items[0].is_object()
               ? &outputs.items[0]
               : nullptr;
}

Found Result::value(const std::vector<std::string>& path, std::size_t from) {
    const std::string& view = path[from];
    if (view == "json") {
        const Found& root = json();
        if (root.state != Found::State::there) return root;
        return below(root.value, path, from + 1, from);
    }
    if (contains(columns_of_files, view)) {
        const Value* file = first_file();
        if (file == nullptr) return Found::absent("it has no file");
        return below(*file, path, from, from);
    }
    return below(column(view), path, from + 1, from);
}

std::optional<std::string> Result::file_text(std::string_view name) {
    const Value* file = first_file();
    const Value* text = file == nullptr ? nullptr : file->member(name);
    if (text == nullptr || !text->is_text()) return std::nullopt;
    return text->text;
}

std::vector<std::string> Result::used() {
    std::vector<std::string> ids;
    for (const auto& of : column("after").items) {
        if (of.is_text()) ids.push_back(of.text);
        for (const auto& id : of.items) {
            if (id.is_text()) ids.push_back(id.text);
        }
    }
    return ids;
}

std::optional<std::string> Result::link() {
    column("outputs");
    return link_;
}

}  // namespace nightshift::stages
