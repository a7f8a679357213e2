#include "recipe/read/table_reader.hpp"

#include "base/text/did_you_mean.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace nightshift::recipe {

void ReadContext::complain(const Place& place, std::string what, std::string what_to_do) const {
    problems.push_back(
        {false, file, place.line, place.column, std::move(what), std::move(what_to_do)});
}

TableReader::TableReader(const ReadContext& context, const toml::table& table, std::string where)
    : context_(context),
      where_(std::move(where)),
      entries_(TomlValues::entries(table)),
      taken_(entries_.size(), false) {}

const Entry* TableReader::node(const std::string& key) {
    if (std::find(known_.begin(), known_.end(), key) == known_.end()) known_.push_back(key);
    for (std::size_t i = 0; i < entries_.size(); ++i) {
        if (entries_[i].name != key) continue;
        taken_[i] = true;
        return &entries_[i];
    }
    return nullptr;
}

void TableReader::complain(const Entry& entry, std::string what, std::string what_to_do) const {
    context_.complain(entry.place, std::move(what), std::move(what_to_do));
}

std::optional<std::string> TableReader::text(const std::string& key) {
    const Entry* entry = node(key);
    if (entry == nullptr) return std::nullopt;
    if (const auto* text = entry->node->as_string()) return text->get();
    const Value value = context_.values.value(*entry->node, true);  // {text_file = ...}
    if (value.is_text()) return value.text;
    complain(*entry,
             fmt::format("{} in {} must be a text, not {}", key, where_, type_in_words(value)));
    return std::nullopt;
}

std::optional<std::int64_t> TableReader::integer(const std::string& key, std::int64_t least,
                                                 std::int64_t most) {
    const Entry* entry = node(key);
    if (entry == nullptr) return std::nullopt;
    const auto* number = entry->node->as_integer();
    if (number != nullptr && number->get() >= least && number->get() <= most) {
        return number->get();
    }
    complain(*entry,
             fmt::format("{} in {} must be an integer from {} to {}", key, where_, least, most));
    return std::nullopt;
}

std::optional<std::vector<std::string>> TableReader::texts(const std::string& key) {
    const Entry* entry = node(key);
    if (entry == nullptr) return std::nullopt;
    if (const auto* text = entry->node->as_string()) return std::vector{text->get()};
    std::vector<std::string> texts;
    bool good = entry->node->is_array();
    if (good) {
        for (const auto& element : *entry->node->as_array()) {
            const auto* text = element.as_string();
            good = good && text != nullptr;
            if (good) texts.push_back(text->get());
        }
    }
    if (good) return texts;
    complain(*entry, fmt::format("{} in {} must be a text or a list of texts", key, where_));
    return std::nullopt;
}

std::optional<Field> TableReader::value(const std::string& key, bool templates) {
    const Entry* entry = node(key);
    if (entry == nullptr) return std::nullopt;
    return Field{key, context_.values.value(*entry->node, templates), entry->place};
}

ConditionList TableReader::conditions(const std::string& key) {
    ConditionList list;
    const Entry* entry = node(key);
    if (entry == nullptr) return list;
    list.place = entry->place;
    const Value value = context_.values.value(*entry->node, false);
    if (!value.is_list()) {
        complain(*entry, fmt::format("{} in {} must be a list of conditions", key, where_),
                 fmt::format("write {} = [{{value = \"{{{{path}}}}\", is = ...}}]", key));
        return list;
    }
    for (const auto& each : value.items) {
        std::string error;
        auto condition = parse_condition(each, error);
        if (condition) {
            list.all.push_back(std::move(*condition));
        } else {
            complain(*entry, fmt::format("{} in {}: {}", key, where_, error));
        }
    }
    return list;
}

std::vector<Entry> TableReader::rest() const {
    std::vector<Entry> rest;
    for (std::size_t i = 0; i < entries_.size(); ++i) {
        if (!taken_[i]) rest.push_back(entries_[i]);
    }
    return rest;
}

void TableReader::finish() {
    for (const auto& entry : rest()) {
        const std::string* near = nearest_of(entry.name, known_);
        std::string remedy;
        if (near != nullptr) {
            remedy = fmt::format("did you mean '{}'?", *near);
        } else {
            for (const auto& name : known_) remedy += (remedy.empty() ? "known: " : ", ") + name;
        }
        complain(entry, fmt::format("unknown key \"{}\" in {}", entry.name, where_), remedy);
    }
}

}  // namespace nightshift::recipe
