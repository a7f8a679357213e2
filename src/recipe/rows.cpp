#include "recipe/rows.hpp"

#include "base/digest.hpp"
#include "base/text/ascii.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <queue>

namespace nightshift::recipe {
namespace {

bool is_json_integer(std::string_view text) {
    return is_json_number(text) && text.find_first_of(".eE") == std::string_view::npos;
}

std::string quoted_briefly(const std::string& text) {
    return '\'' + (text.size() > 60 ? text.substr(0, 60) + "..." : text) + '\'';
}

}  // namespace

Rows::Rows(const Recipe& recipe, const Plan& plan, Table& table, RowOptions options,
           OnProblem on_problem)
    : recipe_(recipe),
      plan_(plan),
      table_(table),
      options_(std::move(options)),
      on_problem_(std::move(on_problem)) {
    for (const auto& task : plan.tasks) {
        for (const auto& collect : task.collect) {
            if (!collect.over_rows) continue;
            if (collect.by.empty()) all_together_ = true;
            group_by_ = collect.by;
        }
    }
    if (recipe.data.sample_rows) choose_sample();
    start(recipe.data.sample_rows.has_value());
}

void Rows::start(bool silent) {
    silent_ = silent;
    unnamed_ = IdIndex();
    place_ = 0;
    read_ = 0;
    source_ = table_.open([this](Problem&& problem) {
        if (!silent_) on_problem_(std::move(problem));
    });
}

// What is wrong with a cell of a type; "" when nothing is.
std::string Rows::conversion(const Value& cell, const std::string& type, Value& made) const {
    const std::string& text = cell.text;
    const std::string shown = quoted_briefly(text);
    if (type == "integer" || type == "number") {
        const bool whole = type == "integer";
        made = Value::of_number(text);
        if (whole ? is_json_integer(text) : is_json_number(text)) return "";
        const auto plain = text.substr(0, text.find_first_not_of("-0123456789,."));
        const bool separators = plain == text && text.find(',') != std::string::npos;
        return fmt::format("{}, not {}{}", shown, whole ? "an integer" : "a number",
                           separators ? "; thousands have no separators, decimals a point" : "");
    }
    if (type == "boolean") {
        const auto lower = lower_of(text);
        made = Value::of_boolean(lower == "true");
        return lower == "true" || lower == "false" ? "" : shown + ", not true or false";
    }
    if (type == "json") {
        std::string error;
        auto value = parse_json(text, &error);
        if (value) made = std::move(*value);
        return value ? "" : shown + ", not JSON: " + error;
    }
    made = cell;
    return "";
}

bool Rows::convert(Row& row) {
    for (const auto& type : recipe_.data.types) {
        for (std::size_t i = 0; row.names != nullptr && i < row.names->size(); ++i) {
            if ((*row.names)[i] != type.name) continue;
            Value& cell = row.cells[i];
            if (!cell.is_text()) continue;  // JSON has types of its own
            Value made;
            const bool empty = cell.text.empty() && type.value.text != "text";
            const auto wrong = empty ? "" : conversion(cell, type.value.text, made);
            if (!wrong.empty()) {
                if (!silent_) {
                    on_problem_(
                        row.problem(fmt::format("the column '{}' has {}", type.name, wrong)));
                }
                return false;
            }
            cell = std::move(made);
        }
    }
    return true;
}

// Nothing when a condition cannot be judged; that is told.
std::optional<bool> Rows::is_wanted(const Row& row) {
    Context context;
    context.recipe = &recipe_;
    context.row = &row;
    context.condition = true;
    for (const auto& condition : plan_.where) {
        const Found found = fill(condition.value, context);
        std::string error = found.why;
        const auto met = found.state == Found::State::bad
                             ? std::nullopt
                             : holds(condition.condition, found, error);
        if (!met) {
            if (!silent_) on_problem_(row.problem("where: " + error));
            return std::nullopt;
        }
        if (!*met) return false;
    }
    for (const auto& [column, value] : options_.where) {
        const Value* cell = row.find(column);
        if (cell == nullptr || !are_equal(*cell, Value::of_text(value))) {
            const bool same = cell != nullptr && plain_of(*cell) == value;
            if (!same) return false;
        }
    }
    return true;
}

// The key. False when the row has none; that is told.
bool Rows::name(KeyedRow& keyed) {
    keyed.key.clear();
    if (recipe_.data.key.empty()) {
        Value object = Value::of_object();
        if (keyed.row.names != nullptr) object.names = *keyed.row.names;
        object.items = keyed.row.cells;
        keyed.key = sha256_hex(json_of(object)).substr(0, 16);
        const auto count = unnamed_.count(keyed.key);
        if (count > 1) keyed.key += fmt::format("-{}", count);
        return true;
    }
    for (const auto& column : recipe_.data.key) {
        const Value* cell = keyed.row.find(column);
        const bool is_plain = cell != nullptr && !cell->is_list() && !cell->is_object() &&
                              !cell->is_null() && !(cell->is_text() && cell->text.empty());
        if (!is_plain) {
            const bool is_nested = cell != nullptr && (cell->is_list() || cell->is_object());
            if (!silent_) {
                on_problem_(keyed.row.problem(
                    is_nested ? fmt::format("the key '{}' is {}", column, type_in_words(*cell))
                              : fmt::format("the key '{}' is empty", column),
                    "keys name rows: texts or numbers"));
            }
            return false;
        }
        if (!keyed.key.empty()) keyed.key += '-';
        keyed.key += plain_of(*cell);
    }
    return true;
}

bool Rows::next_keyed(KeyedRow& row) {
    while (source_->next(row.row)) {
        if (!convert(row.row)) continue;
        ++read_;
        const auto wanted = is_wanted(row.row);
        if (!wanted || !*wanted) continue;
        if (!recipe_.data.given) return true;
        if (!name(row)) continue;
        ++place_;
        return true;
    }
    return false;
}

// The first 8 bytes of SHA-256(seed, NUL, key).
std::uint64_t Rows::hash_of(const std::string& key) const {
    std::string text = std::to_string(recipe_.seed);
    text += '\0';
    text += key;
    return std::stoull(sha256_hex(text).substr(0, 16), nullptr, 16);
}

// Goes through all rows once: those with the smallest hashes are in. 16 bytes a chosen row.
void Rows::choose_sample() {
    table_.spool();
    start(false);
    const auto wanted = static_cast<std::size_t>(*recipe_.data.sample_rows);
    std::priority_queue<std::pair<std::uint64_t, std::int64_t>> smallest;
    KeyedRow row;
    while (next_keyed(row)) {
        if (wanted == 0) continue;
        const auto hash = hash_of(row.key);
        if (smallest.size() == wanted && hash >= smallest.top().first) continue;
        if (smallest.size() == wanted) smallest.pop();
        smallest.emplace(hash, place_);
    }
    for (; !smallest.empty(); smallest.pop()) sample_.push_back(smallest.top().second);
    std::sort(sample_.begin(), sample_.end());
}

bool Rows::is_in_sample(const KeyedRow& row) {
    if (recipe_.data.sample_rows) {
        if (sample_at_ == sample_.size() || sample_[sample_at_] != place_) return false;
        ++sample_at_;
    }
    if (recipe_.data.sample_share) {
        const double share = std::ldexp(static_cast<double>(hash_of(row.key)), -64);
        if (share >= *recipe_.data.sample_share) return false;
    }
    return true;
}

// Rows are dealt out in turn; those that go into one task are dealt together.
bool Rows::is_in_shard(const KeyedRow& row) {
    std::int64_t number = sampled_ - 1;
    if (all_together_) number = 0;
    if (!all_together_ && !group_by_.empty()) {
        std::string group;
        for (const auto& column : group_by_) {
            const Value* cell = row.row.find(column);
            group += (cell == nullptr ? "" : plain_of(*cell)) + '\0';
        }
        number = groups_.emplace(group, static_cast<std::int64_t>(groups_.size())).first->second;
    }
    return number % options_.shards == options_.shard - 1;
}

bool Rows::next(KeyedRow& row) {
    while (!options_.rows || chosen_ < *options_.rows) {
        if (recipe_.data.first && sampled_ >= *recipe_.data.first) return false;
        if (!next_keyed(row)) return false;
        if (!is_in_sample(row)) continue;
        ++sampled_;
        if (options_.shards > 1 && !is_in_shard(row)) continue;
        ++chosen_;
        return true;
    }
    return false;
}

}  // namespace nightshift::recipe
