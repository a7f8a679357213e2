#include "recipe/instances.hpp"

#include "base/bounds.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

namespace nightshift::recipe {
namespace {

constexpr std::size_t combinations_max = 1'000'000;  // of one task in one row

}  // namespace

Instances::Instances(const Recipe& recipe, const Plan& plan, const Folder& folder)
    : recipe_(recipe),
      plan_(plan),
      folder_(folder),
      all_(recipe.tasks.size()),
      indexes_(recipe.tasks.size()) {}

void Instances::clear(std::size_t task) {
    all_[task].clear();
    indexes_[task].clear();
}

Context Instances::context_of(std::size_t task, const Instance& instance, const Row& row) const {
    (void)task;
    Context context;
    context.recipe = &recipe_;
    context.row = &row;
    context.at = &instance.at;
    context.matrix_dims = &plan_.matrix_dims;
    context.elements = &instance.elements;
    context.files = instance.files.empty() ? nullptr : &instance.files;
    return context;
}

bool Instances::make(std::size_t task, const Row& row, const std::string& key, std::string& error) {
    clear(task);
    Instance instance;
    instance.at.assign(plan_.dims.size(), 0);
    instance.elements.resize(recipe_.each.size());
    return combine(task, 0, instance, row, key, error);
}

bool Instances::combine(std::size_t task, std::size_t depth, Instance& instance, const Row& row,
                        const std::string& key, std::string& error) {
    const auto& plan = plan_.tasks[task];
    if (depth == plan.order.size()) return finish(task, instance, row, key, error);
    const std::size_t dim = plan.order[depth];
    const auto kind = plan_.dims[dim].kind;
    if (kind == Dimension::Kind::element) {
        return combine_elements(task, depth, instance, row, key, error);
    }
    const bool once = kind == Dimension::Kind::row || kind == Dimension::Kind::group;
    const std::uint32_t size = once ? 1 : plan_.dims[dim].size;
    for (std::uint32_t n = 1; n <= size; ++n) {
        instance.at[dim] = n;
        if (!combine(task, depth + 1, instance, row, key, error)) return false;
    }
    instance.at[dim] = 0;
    return true;
}

bool Instances::combine_elements(std::size_t task, std::size_t depth, Instance& instance,
                                 const Row& row, const std::string& key, std::string& error) {
    const std::size_t dim = plan_.tasks[task].order[depth];
    const std::size_t each = plan_.dims[dim].index;
    const auto& spec = recipe_.each[each];
    const Found found = fill(plan_.each[each].of, context_of(task, instance, row));
    if (found.state == Found::State::dropped) return true;
    if (found.state != Found::State::there || !found.value.is_list()) {
        error = found.state != Found::State::there
                    ? fmt::format("each.{}: {}", spec.name, found.why)
                    : fmt::format("each.{}: {} is {}, not a list", spec.name, spec.of,
                                  type_in_words(found.value));
        return false;
    }
    const auto& items = found.value.items;
    if (spec.most && items.size() > static_cast<std::size_t>(*spec.most)) {
        error = fmt::format("each.{}: the list has {} elements, more than most = {}", spec.name,
                            items.size(), *spec.most);
        return false;
    }
    for (std::size_t n = 0; n < items.size(); ++n) {
        instance.at[dim] = static_cast<std::uint32_t>(n + 1);
        instance.elements[each] = items[n];
        if (!combine(task, depth + 1, instance, row, key, error)) return false;
    }
    instance.at[dim] = 0;
    instance.elements[each] = {};
    return true;
}

bool Instances::is_excluded(std::size_t task, const Instance& instance) const {
    const auto& dims = plan_.tasks[task].dims;
    for (std::size_t i = 0; i < recipe_.exclude.size(); ++i) {
        const auto& wanted = plan_.excluded_dims[i];
        if (!std::includes(dims.begin(), dims.end(), wanted.begin(), wanted.end())) continue;
        const Value& excluded = recipe_.exclude[i].value;
        const bool all = std::all_of(wanted.begin(), wanted.end(), [&](std::size_t dim) {
            const auto& matrix = recipe_.matrix[plan_.dims[dim].index];
            const Value* value = excluded.member(matrix.name);
            return matrix.values[instance.at[dim] - 1].name == plain_of(*value);
        });
        if (all) return true;
    }
    return false;
}

bool Instances::find_files(std::size_t task, Instance& instance, const Row& row,
                           std::string& error) {
    const auto& plan = plan_.tasks[task];
    for (std::size_t i = 0; i < plan.files.size(); ++i) {
        const Found found = fill(plan.files[i], context_of(task, instance, row));
        const auto& alias = recipe_.tasks[task].files[i].name;
        instance.files.push_back(false);
        instance.paths.emplace_back();
        if (found.state == Found::State::dropped) continue;
        if (found.state != Found::State::there || !found.value.is_text() ||
            found.value.text.empty()) {
            error = fmt::format("files.{}: {}", alias,
                                found.state != Found::State::there
                                    ? found.why
                                    : "the path is empty or not a text; | optional leaves it out");
            return false;
        }
        const auto path = folder_.find(found.value.text, error);
        if (path.empty()) {
            error = fmt::format("files.{}: {}", alias, error);
            return false;
        }
        std::error_code code;
        if (std::filesystem::file_size(path, code) > limits::user_file_bytes && !code) {
            error = fmt::format("files.{}: '{}' is larger than {} MiB", alias, found.value.text,
                                limits::user_file_bytes >> 20);
            return false;
        }
        instance.files.back() = true;
        instance.paths.back() = found.value.text;
    }
    return true;
}

bool Instances::finish(std::size_t task, Instance instance, const Row& row, const std::string& key,
                       std::string& error) {
    if (is_excluded(task, instance)) return true;
    const auto& plan = plan_.tasks[task];
    if (all_[task].size() >= combinations_max) {
        error = fmt::format("task.{} is made more than {} times for one row",
                            recipe_.tasks[task].name, combinations_max);
        return false;
    }
    Context context = context_of(task, instance, row);
    context.condition = true;
    for (const auto& condition : plan.conditions) {
        if (condition.value.late) continue;
        const Found found = fill(condition.value, context);
        error = found.why;
        const auto met = found.state == Found::State::bad
                             ? std::nullopt
                             : holds(condition.condition, found, error);
        if (!met) {
            error = fmt::format("task.{}, when: {}", recipe_.tasks[task].name, error);
            return false;
        }
        error.clear();
        instance.made = instance.made && *met;
    }
    instance.made = instance.made && has_needs(task, instance);
    if (instance.made && !find_files(task, instance, row, error)) {
        error = fmt::format("task.{}, {}", recipe_.tasks[task].name, error);
        return false;
    }
    if (!plan.id) {
        instance.id = default_id(task, instance, key);
    } else {
        const Found found = fill(*plan.id, context_of(task, instance, row));
        const bool is_plain = found.state == Found::State::there && !found.value.is_list() &&
                              !found.value.is_object();
        if (is_plain) instance.id = plain_of(found.value);
        if (instance.id.empty()) {
            error = fmt::format("task.{}, id: {}", recipe_.tasks[task].name,
                                found.why.empty() ? "it is empty or not a text" : found.why);
            return false;
        }
    }
    all_[task].push_back(std::move(instance));
    return true;
}

std::string Instances::default_id(std::size_t task, const Instance& instance,
                                  const std::string& key, std::size_t without) const {
    std::string id = key;
    std::string numbers;
    const auto& plan = plan_.tasks[task];
    const bool of_rows =
        !plan.order.empty() && plan_.dims[plan.order[0]].kind <= Dimension::Kind::group;
    if (!of_rows) id.clear();
    for (const auto dim : plan.order) {
        const auto& spec = plan_.dims[dim];
        if (spec.kind <= Dimension::Kind::group || dim == without) continue;
        if (spec.kind == Dimension::Kind::matrix) {
            if (!id.empty()) id += '-';
            id += recipe_.matrix[spec.index].values[instance.at[dim] - 1].id_part;
        } else {
            numbers += fmt::format("-{}", instance.at[dim]);
        }
    }
    if (recipe_.tasks.size() > 1 || id.empty()) {
        if (!id.empty()) id += '-';
        id += recipe_.tasks[task].name;
    }
    return id + numbers;
}

std::string Instances::place_of(const std::set<std::size_t>& dims, const Instance& instance) const {
    std::string place;
    for (const auto dim : dims) {
        if (plan_.dims[dim].kind <= Dimension::Kind::group) continue;
        place.append(reinterpret_cast<const char*>(&instance.at[dim]), sizeof(std::uint32_t));
    }
    return place;
}

// Instances of a task that are where `instance` is, as far as `dims` go.
std::vector<const Instance*> Instances::matching(std::size_t task,
                                                 const std::set<std::size_t>& dims,
                                                 const Instance& instance) const {
    std::vector<const Instance*> found;
    const auto& all = all_[task];
    const std::string place = place_of(dims, instance);
    if (all.size() <= 4) {
        for (const auto& each : all) {
            if (place_of(dims, each) == place) found.push_back(&each);
        }
        return found;
    }
    const auto [entry, is_new] = indexes_[task].try_emplace(dims);
    Index& index = entry->second;
    if (is_new) {
        for (std::size_t i = 0; i < all.size(); ++i) index[place_of(dims, all[i])].push_back(i);
    }
    const auto at = index.find(place);
    if (at == index.end()) return found;
    for (const auto i : at->second) found.push_back(&all[i]);
    return found;
}

Instances::Needed Instances::needed(const Need& need, std::size_t task,
                                    const Instance& instance) const {
    Needed needed;
    const auto take = [&needed](const std::vector<const Instance*>& found) {
        for (const auto* each : found) {
            if (each->made) needed.tasks.push_back(each);
        }
        needed.possible += found.size();
    };
    const auto shared = [&](std::size_t other) {
        std::set<std::size_t> dims;
        const auto& mine = plan_.tasks[task].dims;
        const auto& theirs = plan_.tasks[other].dims;
        std::set_intersection(mine.begin(), mine.end(), theirs.begin(), theirs.end(),
                              std::inserter(dims, dims.end()));
        return dims;
    };
    if (need.kind == Need::Kind::task) {
        take(matching(need.index, plan_.tasks[need.index].dims, instance));
    } else if (need.kind == Need::Kind::wait) {
        take(matching(need.index, shared(need.index), instance));
    } else if (need.kind == Need::Kind::collect) {
        const auto& collect = plan_.tasks[task].collect[need.index];
        take(matching(collect.task, collect.dims, instance));
    } else {
        const auto& pick = plan_.picks[need.index];
        for (const auto other : pick.tasks) {
            auto dims = plan_.tasks[other].dims;
            for (const auto dim : pick.over) dims.erase(dim);
            take(matching(other, dims, instance));
        }
        const auto& spec = recipe_.picks[need.index];
        if (spec.highest.empty() && spec.lowest.empty()) return needed;
        needed.judges.resize(pick.judges.size());
        std::vector<const Instance*> scored;
        for (const auto* candidate : needed.tasks) {
            std::vector<const Instance*> judged;
            for (const auto judge : pick.judges) {
                const auto found = matching(judge, plan_.tasks[judge].dims, *candidate);
                if (!found.empty() && found[0]->made) judged.push_back(found[0]);
            }
            if (judged.size() != pick.judges.size()) continue;
            scored.push_back(candidate);
            for (std::size_t i = 0; i < judged.size(); ++i) needed.judges[i].push_back(judged[i]);
        }
        needed.tasks = std::move(scored);
    }
    return needed;
}

bool Instances::has_needs(std::size_t task, const Instance& instance) const {
    for (const auto& need : plan_.tasks[task].needs) {
        if (need.kind == Need::Kind::collect && plan_.tasks[task].collect[need.index].over_rows) {
            continue;  // known behind the last row
        }
        if (needed(need, task, instance).tasks.empty()) return false;
    }
    return true;
}

}  // namespace nightshift::recipe
