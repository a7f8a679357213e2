// The bytes of a line. Order: id, task, row, variant, the request as the recipe has it, what it
// waits for, what is around it, metadata, candidate.

#include "recipe/expander.hpp"

#include "base/bounds.hpp"
#include "json/json_builder.hpp"

#include <fmt/format.h>

namespace nightshift::recipe {
namespace {

void append_key(std::string& out, std::string_view name) {
    if (out.back() != '{') out += ',';
    append_json_quoted(out, name);
    out += ':';
}

void append_ids(std::string& out, const std::vector<std::string>& ids) {
    out += '[';
    for (std::size_t i = 0; i < ids.size(); ++i) {
        if (i > 0) out += ',';
        append_json_quoted(out, ids[i]);
    }
    out += ']';
}

std::vector<std::string> ids_of(const std::vector<const Instance*>& instances) {
    std::vector<std::string> ids;
    ids.reserve(instances.size());
    for (const auto* instance : instances) ids.push_back(instance->id);
    return ids;
}

}  // namespace

void Expander::write_head(std::size_t task, const Instance& instance, const KeyedRow* row) {
    const auto& plan = plan_.tasks[task];
    out_ += '{';
    append_key(out_, "id");
    append_json_quoted(out_, instance.id);
    append_key(out_, "task");
    append_json_quoted(out_, recipe_.tasks[task].name);
    if (row != nullptr) {
        append_key(out_, "row");
        append_json_quoted(out_, row->key);
    }
    bool first = true;
    for (const auto dim : plan.order) {
        const auto& spec = plan_.dims[dim];
        if (spec.kind <= Dimension::Kind::group) continue;
        if (first) append_key(out_, "variant");
        if (first) out_ += '{';
        first = false;
        append_key(out_, spec.name);
        if (spec.kind != Dimension::Kind::matrix) {
            out_ += std::to_string(instance.at[dim]);
            continue;
        }
        const auto& value = recipe_.matrix[spec.index].values[instance.at[dim] - 1];
        if (value.value.is_object()) {
            append_json_quoted(out_, value.name);
        } else {
            append_json(out_, value.value);
        }
    }
    if (!first) out_ += '}';
}

bool Expander::write_line(std::size_t task, const Instance& instance, const KeyedRow* row) {
    static const Row none;
    const auto& plan = plan_.tasks[task];
    const auto& spec = recipe_.tasks[task];
    pending_.push_back({out_.size(), {row != nullptr ? &row->row : nullptr, task, false}});
    Context context = instances_.context_of(task, instance, row != nullptr ? row->row : none);
    write_head(task, instance, row);
    bool has_files = false;
    for (const bool there : instance.files) has_files = has_files || there;
    context.escape = !plan.needs.empty() || has_files;
    std::string error;
    for (const auto& field : plan.request) {
        const std::size_t mark = out_.size();
        append_key(out_, field.name);
        if (append_filled(out_, field.value, context, error)) continue;
        if (!error.empty()) {
            return fail(row, fmt::format("task.{}, {}: {}", spec.name, field.name, error));
        }
        out_.resize(mark);
    }
    if (!write_needs(task, instance, context)) return fail(row, "too many tasks in one need");
    if (!plan.slots.empty()) write_each(task, instance, context);
    if (has_files) write_files(task, instance);
    bool late = false;
    for (const auto& condition : plan.conditions) late = late || condition.value.late;
    if (late) append_key(out_, "when");
    if (late && !write_conditions(plan.conditions, context)) return false;
    if (!spec.on_failed.empty()) {
        append_key(out_, "on_failed");
        append_json_quoted(out_, spec.on_failed);
    }
    context.escape = false;
    static constexpr const char* order[] = {"tags",         "priority",    "timeout",
                                            "max_attempts", "expect",      "on_invalid",
                                            "fallback",     "fallback_on", "metadata"};
    for (const char* const name : order) {
        for (const auto& field : plan.around) {
            if (field.name != name) continue;
            const std::size_t mark = out_.size();
            append_key(out_, field.name);
            if (append_filled(out_, field.value, context, error)) continue;
            if (!error.empty()) {
                return fail(row, fmt::format("task.{}, {}: {}", spec.name, field.name, error));
            }
            out_.resize(mark);
        }
    }
    if (!plan.has_metadata && plan.needs.empty()) write_metadata(task, row);
    if (plan.wanting) {
        const auto& wanting = plan_.tasks[*plan.wanting];
        append_key(out_, "candidate");
        out_ += "{\"want\":";
        Instance head = instance;
        for (std::size_t dim = 0; dim < head.at.size(); ++dim) {
            if (wanting.dims.count(dim) == 0) head.at[dim] = 0;
        }
        append_json_quoted(
            out_, instances_.default_id(*plan.wanting, head, row != nullptr ? row->key : "",
                                        *wanting.sample_dim));
        out_ += fmt::format(",\"n\":{}}}", instance.at[*wanting.sample_dim]);
    }
    out_ += '}';
    if (out_.size() - pending_.back().begin > limits::manifest_line_bytes) {
        return fail(row, fmt::format("task.{}: the line is longer than 64 MiB", spec.name));
    }
    return true;
}

// The group that candidates belong to, before the first of them.
bool Expander::write_group(std::size_t task, const Instance& instance, const KeyedRow* row) {
    static const Row none;
    const auto& plan = plan_.tasks[task];
    const auto& spec = recipe_.tasks[task];
    pending_.push_back({out_.size(), {row != nullptr ? &row->row : nullptr, task, true}});
    Context context = instances_.context_of(task, instance, row != nullptr ? row->row : none);
    context.escape = true;
    out_ += "{\"want\":";
    append_json_quoted(out_, instances_.default_id(task, instance, row != nullptr ? row->key : "",
                                                   *plan.sample_dim));
    out_ += fmt::format(",\"rows\":{}", *spec.want);
    if (!plan.accept.empty()) {
        append_key(out_, "accept");
        out_ += '[';
        for (std::size_t i = 0; i < plan.accept.size(); ++i) {
            const Found found = fill(plan.accept[i].value, context);
            if (found.state == Found::State::bad) return fail(row, "accept: " + found.why);
            Value condition = plan.accept[i].condition.source;
            for (std::size_t j = 0; j < condition.names.size(); ++j) {
                if (condition.names[j] == "value") condition.items[j] = found.value;
            }
            if (i > 0) out_ += ',';
            append_json(out_, condition);
        }
        out_ += ']';
    }
    if (plan.unique) {
        const Found found = fill(*plan.unique, context);
        if (found.state == Found::State::bad) return fail(row, "unique: " + found.why);
        append_key(out_, "unique");
        append_json(out_, found.value);
    }
    out_ += '}';
    return true;
}

// Conditions that results decide; those that are known have held.
bool Expander::write_conditions(const std::vector<BoundCondition>& conditions,
                                const Context& context) {
    out_ += '[';
    for (const auto& condition : conditions) {
        if (!condition.value.late) continue;
        const Found found = fill(condition.value, context);
        if (found.state == Found::State::bad) return fail(nullptr, "when: " + found.why);
        Value made = condition.condition.source;
        for (std::size_t i = 0; i < made.names.size(); ++i) {
            if (made.names[i] == "value") made.items[i] = found.value;
        }
        if (out_.back() != '[') out_ += ',';
        append_json(out_, made);
    }
    out_ += ']';
    return true;
}

bool Expander::write_needs(std::size_t task, const Instance& instance, const Context& context) {
    const auto& plan = plan_.tasks[task];
    if (plan.needs.empty()) return true;
    append_key(out_, "after");
    out_ += '{';
    for (const auto& need : plan.needs) {
        std::vector<std::string> ids;
        const CollectPlan* const collect =
            need.kind == Need::Kind::collect ? &plan.collect[need.index] : nullptr;
        Instances::Needed needed;
        if (collect != nullptr && collect->over_rows) {
            if (group_ == nullptr) continue;
            const auto& all = group_->ids[need.index];
            const auto found = all.find(instances_.place_of(collect->dims, instance));
            if (found != all.end()) ids = found->second;
        } else {
            needed = instances_.needed(need, task, instance);
            ids = ids_of(needed.tasks);
        }
        if (ids.size() > limits::recipe_needs) return false;
        append_key(out_, need.alias);
        if (need.kind == Need::Kind::task ||
            (need.kind == Need::Kind::wait && needed.possible == 1)) {
            append_json_quoted(out_, ids[0]);
        } else if (need.kind == Need::Kind::wait) {
            append_ids(out_, ids);
        } else if (collect != nullptr) {
            const auto& spec = recipe_.tasks[task].collect[need.index];
            out_ += "{\"all\":";
            append_ids(out_, ids);
            append_key(out_, "as");
            append_json_quoted(out_, spec.from);
            if (spec.text) append_key(out_, "text");
            if (spec.text) append_json_quoted(out_, *spec.text);
            if (spec.join) append_key(out_, "join");
            if (spec.join) append_json_quoted(out_, *spec.join);
            if (spec.least) out_ += fmt::format(",\"least\":{}", *spec.least);
            out_ += '}';
        } else {
            const auto& spec = recipe_.picks[need.index];
            out_ += spec.first.empty() ? "{\"pick\":" : "{\"first\":";
            append_ids(out_, ids);
            if (spec.first.empty()) {
                append_key(out_, !spec.number.empty()    ? "number"
                                 : !spec.highest.empty() ? "highest"
                                                         : "lowest");
                Context inside = context;
                inside.escape = true;
                const Found found = fill(plan_.picks[need.index].value, inside);
                append_json(out_, found.value);
            }
            if (!needed.judges.empty()) {
                append_key(out_, "of");
                out_ += '{';
                for (std::size_t i = 0; i < needed.judges.size(); ++i) {
                    append_key(out_, recipe_.tasks[plan_.picks[need.index].judges[i]].name);
                    append_ids(out_, ids_of(needed.judges[i]));
                }
                out_ += '}';
            }
            if (spec.least) out_ += fmt::format(",\"least\":{}", *spec.least);
            out_ += '}';
        }
    }
    out_ += '}';
    return true;
}

void Expander::write_each(std::size_t task, const Instance& instance, const Context& context) {
    append_key(out_, "each");
    out_ += '{';
    for (const auto each : plan_.tasks[task].slots) {
        const auto& plan = plan_.each[each];
        append_key(out_, recipe_.each[each].name);
        out_ += "{\"of\":";
        const Found found = fill(plan.of, context);
        append_json(out_, found.value);
        out_ +=
            fmt::format(",\"n\":{},\"most\":{}}}", instance.at[plan.dim], *recipe_.each[each].most);
    }
    out_ += '}';
}

void Expander::write_files(std::size_t task, const Instance& instance) {
    append_key(out_, "files");
    out_ += '{';
    for (std::size_t i = 0; i < instance.files.size(); ++i) {
        if (!instance.files[i]) continue;
        append_key(out_, recipe_.tasks[task].files[i].name);
        append_json_quoted(out_, instance.paths[i]);
    }
    out_ += '}';
}

// The row's columns, of tasks that wait for nothing.
void Expander::write_metadata(std::size_t, const KeyedRow* row) {
    if (row == nullptr || row->row.names == nullptr) return;
    const auto& names = *row->row.names;
    const std::size_t mark = out_.size();
    append_key(out_, "metadata");
    out_ += '{';
    const std::size_t begin = out_.size();
    if (recipe_.data.keep) {
        for (const auto& name : *recipe_.data.keep) {
            const Value* cell = row->row.find(name);
            if (cell == nullptr) continue;
            append_key(out_, name);
            append_json(out_, *cell);
        }
    } else {
        for (std::size_t i = 0; i < names.size(); ++i) {
            append_key(out_, names[i]);
            append_json(out_, row->row.cells[i]);
        }
    }
    if (out_.size() == begin) {
        out_.resize(mark);
    } else {
        out_ += '}';
    }
}

}  // namespace nightshift::recipe
