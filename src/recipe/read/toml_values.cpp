#include "recipe/read/toml_values.hpp"

#include "base/bounds.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

namespace nightshift::recipe {

TomlValues::TomlValues(std::string_view text, const Folder& folder, Complain complain)
    : text_(text), folder_(folder), complain_(std::move(complain)) {
    line_starts_.push_back(0);
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\n') line_starts_.push_back(i + 1);
    }
}

Place TomlValues::place_of(const toml::node& node) {
    const auto& begin = node.source().begin;
    return {static_cast<std::int64_t>(begin.line), static_cast<std::int64_t>(begin.column)};
}

std::vector<Entry> TomlValues::entries(const toml::table& table) {
    std::vector<Entry> found;
    for (const auto& [key, node] : table) {
        const auto& begin = key.source().begin;
        found.push_back(
            {std::string(key.str()),
             {static_cast<std::int64_t>(begin.line), static_cast<std::int64_t>(begin.column)},
             &node});
    }
    std::stable_sort(found.begin(), found.end(), [](const Entry& a, const Entry& b) {
        return std::tie(a.place.line, a.place.column) < std::tie(b.place.line, b.place.column);
    });
    return found;
}

// The characters of a number from a place on; columns count characters.
std::string_view TomlValues::word_at(const Place& place) const {
    if (place.line < 1 || place.line > static_cast<std::int64_t>(line_starts_.size())) return {};
    std::size_t at = line_starts_[static_cast<std::size_t>(place.line - 1)];
    if (at == 0 && text_.starts_with("\xEF\xBB\xBF")) at = 3;
    for (std::int64_t column = 1; column < place.column && at < text_.size(); ++column) {
        ++at;
        while (at < text_.size() && (static_cast<unsigned char>(text_[at]) & 0xC0) == 0x80) ++at;
    }
    const auto end = text_.find_first_not_of("0123456789+-._eE", std::min(at, text_.size()));
    return text_.substr(std::min(at, text_.size()), std::min(end, text_.size()) - at);
}

Value TomlValues::number(const toml::node& node) {
    if (const auto* whole = node.as_integer()) return Value::of_integer(whole->get());
    const double number = node.as_floating_point()->get();
    if (!std::isfinite(number)) {
        complain_(place_of(node), "JSON has no infinity and no nan", "write a number");
        return {};
    }
    std::string spelling(word_at(place_of(node)));
    std::erase(spelling, '_');
    if (spelling.starts_with('+')) spelling.erase(0, 1);
    if (!is_json_number(spelling)) spelling = fmt::format("{}", number);
    return Value::of_number(std::move(spelling));
}

Value TomlValues::from_file(const std::string& kind, const toml::node& path, bool templates) {
    const auto* name = path.as_string();
    if (name == nullptr) {
        complain_(place_of(path), fmt::format("{} wants the path of a file", kind), "");
        return {};
    }
    const bool is_template = kind == "template_file";
    std::string error;
    std::string text = folder_.read(
        name->get(), is_template ? limits::recipe_template_bytes : limits::recipe_bytes, error);
    if (error.empty() && kind == "json_file") {
        auto value = parse_json(text, &error);
        if (value) return std::move(*value);
        error = fmt::format("{} is not JSON: {}", name->get(), error);
    }
    if (!error.empty()) {
        complain_(place_of(path), error, "");
        return {};
    }
    Value value = Value::of_text(std::move(text));
    value.verbatim = templates && !is_template;
    return value;
}

Value TomlValues::table(const toml::table& table, bool templates) {
    const auto members = entries(table);
    if (members.size() == 1) {
        const auto& only = members[0];
        const bool is_file = only.name == "text_file" || only.name == "json_file" ||
                             (templates && only.name == "template_file");
        if (is_file) return from_file(only.name, *only.node, templates);
    }
    Value made = Value::of_object();
    for (const auto& member : members) made.add(member.name, value(*member.node, templates));
    return made;
}

Value TomlValues::value(const toml::node& node, bool templates) {
    switch (node.type()) {
        case toml::node_type::string:
            return Value::of_text(node.as_string()->get());
        case toml::node_type::boolean:
            return Value::of_boolean(node.as_boolean()->get());
        case toml::node_type::integer:
        case toml::node_type::floating_point:
            return number(node);
        case toml::node_type::array: {
            Value list = Value::of_list();
            for (const auto& element : *node.as_array()) list.add(value(element, templates));
            return list;
        }
        case toml::node_type::table:
            return table(*node.as_table(), templates);
        default:
            complain_(place_of(node), "JSON has no dates and times", "put it into quotes");
            return {};
    }
}

}  // namespace nightshift::recipe
