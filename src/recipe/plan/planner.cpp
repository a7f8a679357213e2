#include "recipe/plan/planner.hpp"

#include "base/bounds.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace nightshift::recipe {

using Kind = Reference::Kind;

Plan make_plan(const Recipe& recipe, const std::optional<std::vector<std::string>>& columns,
               std::vector<Problem>& problems) {
    return Planner(recipe, columns, problems).make();
}

Planner::Planner(const Recipe& recipe, const std::optional<std::vector<std::string>>& columns,
                 std::vector<Problem>& problems)
    : recipe_(recipe),
      columns_(columns),
      problems_(problems),
      binder_(recipe, columns, plan_, problems),
      task_uses_(recipe.tasks.size()),
      each_uses_(recipe.each.size()),
      pick_uses_(recipe.picks.size()),
      accept_uses_(recipe.tasks.size()),
      each_bound_(recipe.each.size(), Mark::fresh) {}

bool Planner::good() const {
    return std::none_of(problems_.begin(), problems_.end(),
                        [](const Problem& problem) { return !problem.warning; });
}

Plan Planner::make() {
    plan_.each.resize(recipe_.each.size());
    plan_.tasks.resize(recipe_.tasks.size());
    plan_.picks.resize(recipe_.picks.size());
    number_dimensions();
    check_data();
    for (std::size_t i = 0; i < recipe_.each.size(); ++i) bind_each(i);
    for (std::size_t i = 0; i < recipe_.tasks.size(); ++i) bind_task(i);
    for (std::size_t i = 0; i < recipe_.picks.size(); ++i) bind_pick(i);
    if (!good()) return std::move(plan_);
    for (std::size_t i = 0; i < recipe_.tasks.size(); ++i) {
        if (!visit({Node::Kind::task, i})) return std::move(plan_);
    }
    for (std::size_t i = 0; i < recipe_.picks.size(); ++i) {
        if (!visit({Node::Kind::pick, i})) return std::move(plan_);
    }
    rank_dimensions();
    for (std::size_t i = 0; i < recipe_.tasks.size(); ++i) add_needs(i);
    for (std::size_t i = 0; i < recipe_.picks.size(); ++i) check_pick(i);
    for (std::size_t i = 0; i < recipe_.tasks.size(); ++i) check_accepted(i);
    for (std::size_t i = 0; i < recipe_.tasks.size(); ++i) check_wanting(i);
    place_tasks();
    warn_of_unused();
    return std::move(plan_);
}

Scope Planner::scope_of(const TaskSpec& task, const std::string& field, const Place& place) const {
    Scope scope;
    scope.task = &task;
    scope.where = fmt::format("task.{}{}{}", task.name, field.empty() ? "" : ", ", field);
    scope.place = place;
    return scope;
}

std::string Planner::name_of(const Node& node) const {
    if (node.kind == Node::Kind::task) return recipe_.tasks[node.index].name;
    if (node.kind == Node::Kind::each) return recipe_.each[node.index].name;
    return recipe_.picks[node.index].name;
}

void Planner::number_dimensions() {
    auto& dims = plan_.dims;
    if (recipe_.data.given) {
        row_dim_ = 0;
        dims.push_back({Dimension::Kind::row, 0, "row", {}, 0, 0});
    }
    for (std::size_t i = 0; i < recipe_.matrix.size(); ++i) {
        const auto& matrix = recipe_.matrix[i];
        plan_.matrix_dims.push_back(dims.size());
        dims.push_back({Dimension::Kind::matrix, i, matrix.name, matrix.place,
                        static_cast<std::uint32_t>(matrix.values.size()), 0});
    }
    for (std::size_t i = 0; i < recipe_.each.size(); ++i) {
        const auto& each = recipe_.each[i];
        plan_.each[i].dim = dims.size();
        dims.push_back({Dimension::Kind::element, i, each.name, each.place, 0, 0});
    }
    for (std::size_t i = 0; i < recipe_.tasks.size(); ++i) {
        const auto& task = recipe_.tasks[i];
        std::int64_t samples = task.samples.value_or(0);
        if (task.want) samples = task.candidates.value_or(3 * *task.want);
        if (samples == 0) continue;
        plan_.tasks[i].sample_dim = dims.size();
        dims.push_back({Dimension::Kind::sample, i, task.name, task.place,
                        static_cast<std::uint32_t>(samples), 0});
    }
    for (const auto& excluded : recipe_.exclude) {
        std::set<std::size_t> set;
        for (const auto& name : excluded.value.names) set.insert(*binder_.dimension_named(name));
        plan_.excluded_dims.push_back(std::move(set));
    }
}

void Planner::check_columns(const std::vector<std::string>& names, const std::string& what) {
    if (!columns_) return;
    Scope scope;
    scope.where = "[data]";
    scope.place = recipe_.data.place;
    for (const auto& name : names) {
        if (binder_.is_column(name)) continue;
        binder_.complain(scope, fmt::format("{} names an unknown column '{}'", what, name),
                         binder_.meant(name, scope));
    }
}

void Planner::check_data() {
    const DataSpec& data = recipe_.data;
    std::vector<std::string> typed;
    for (const auto& type : data.types) typed.push_back(type.name);
    const bool empty = columns_ && columns_->empty();  // no rows at all
    if (!empty) {
        check_columns(data.key, "key");
        check_columns(data.keep.value_or(std::vector<std::string>()), "keep");
        check_columns(typed, "types");
    }
    Scope scope;
    scope.allowed = Scope::Allowed::rows;
    scope.where = "[data], where";
    scope.place = data.where.place;
    std::vector<Use> unused;
    plan_.where = binder_.bind(data.where, scope, unused);
}

// Names of answers' elements depend on whether their list is known: bound on demand.
bool Planner::bind_each(std::size_t index) {
    const auto& spec = recipe_.each[index];
    if (each_bound_[index] != Mark::fresh) return each_bound_[index] == Mark::done;
    each_bound_[index] = Mark::open;
    Scope scope;
    scope.where = "each." + spec.name;
    scope.place = spec.place;
    std::string error;
    const auto parsed = parse_template(spec.of, error);
    for (std::size_t i = 0; parsed && i < recipe_.each.size(); ++i) {
        const bool names_it =
            std::any_of(parsed->parts.begin(), parsed->parts.end(), [&](const TemplatePart& part) {
                return part.placeholder && part.placeholder->path[0] == recipe_.each[i].name;
            });
        if (names_it && !bind_each(i)) {
            binder_.complain(scope, fmt::format("each.{} and each.{} wait for each other",
                                                spec.name, recipe_.each[i].name));
            return false;
        }
    }
    auto& each = plan_.each[index];
    auto of = binder_.bind(spec.of, scope, each_uses_[index]);
    each_bound_[index] = Mark::done;
    if (!of) return true;
    if (!of->is_lone()) {
        binder_.complain(scope, "of must be one placeholder that is a list",
                         "such as of = \"{{story.json.scenes}}\"");
    }
    each.of = std::move(*of);
    each.is_late = each.of.late;
    auto& dim = plan_.dims[each.dim];
    if (each.is_late) {
        dim.kind = Dimension::Kind::slot;
        dim.size = static_cast<std::uint32_t>(spec.most.value_or(1));
        if (!spec.most) {
            binder_.complain(scope, "a list of an answer needs most",
                             "say how many elements there are at most: most = 10");
        }
    }
    return true;
}

void Planner::bind_aliases(const TaskSpec& spec, TaskPlan& task) {
    std::set<std::string> names;
    for (const auto& each : recipe_.tasks) names.insert(each.name);
    for (const auto& each : recipe_.picks) names.insert(each.name);
    for (const auto& each : recipe_.each) names.insert(each.name);
    for (const auto& each : recipe_.matrix) names.insert(each.name);
    for (const auto& each : recipe_.constants) names.insert(each.name);
    const auto check = [&](const std::string& alias, const Place& place) {
        const Scope scope = scope_of(spec, "", place);
        if (binder_.is_column(alias)) {
            binder_.complain(scope, fmt::format("'{}' is a column already", alias),
                             "give the file or collection another name");
        } else if (!names.insert(alias).second) {
            binder_.complain(scope, fmt::format("'{}' has a meaning already", alias),
                             "give the file or collection another name");
        }
    };
    for (const auto& file : spec.files) check(file.name, file.place);
    for (const auto& collect : spec.collect) check(collect.alias, collect.place);
    for (const auto& collect : spec.collect) bind_collect(spec, collect, task);
}

void Planner::bind_fields(const TaskSpec& spec, TaskPlan& task) {
    auto& uses = task_uses_[static_cast<std::size_t>(&spec - recipe_.tasks.data())];
    for (const auto& field : spec.request) {
        Scope scope = scope_of(spec, field.name, field.place);
        const bool known = field.name == "model" || field.name == "endpoint" ||
                           field.name == "url" || field.name == "method";
        if (known) scope.allowed = Scope::Allowed::known;
        task.request.push_back({field.name, binder_.bind(field.value, scope, uses)});
    }
    for (const auto& field : spec.around) {
        Scope scope = scope_of(spec, field.name, field.place);
        scope.allowed = Scope::Allowed::known;
        Value value = field.value;
        if (field.name == "on_invalid") {  // its complaint has a placeholder of its own
            for (auto& item : value.items) item.verbatim = item.is_text();
        }
        task.around.push_back({field.name, binder_.bind(value, scope, uses)});
        task.has_metadata = task.has_metadata || field.name == "metadata";
    }
}

void Planner::bind_task(std::size_t index) {
    const auto& spec = recipe_.tasks[index];
    auto& task = plan_.tasks[index];
    auto& uses = task_uses_[index];
    bind_aliases(spec, task);
    bind_fields(spec, task);
    if (spec.id) {
        Scope scope = scope_of(spec, "id", spec.id->place);
        scope.allowed = Scope::Allowed::known;
        if (!spec.id->value.is_text()) binder_.complain(scope, "an id must be a text");
        task.id = binder_.bind(spec.id->value.text, scope, uses);
    }
    for (const auto& file : spec.files) {
        Scope scope = scope_of(spec, "files." + file.name, file.place);
        scope.allowed = Scope::Allowed::known;
        task.files.push_back(binder_.bind(file.value.text, scope, uses).value_or(BoundTemplate()));
    }
    task.conditions = binder_.bind(spec.when, scope_of(spec, "when", spec.when.place), uses);
    auto& accepted = accept_uses_[index];
    task.accept = binder_.bind(spec.accept, scope_of(spec, "accept", spec.accept.place), accepted);
    if (spec.unique) {
        const Scope scope = scope_of(spec, "unique", spec.unique->place);
        if (!spec.unique->value.is_text()) binder_.complain(scope, "unique must be a text");
        task.unique = binder_.bind(spec.unique->value.text, scope, accepted);
    }
    for (const auto& name : spec.after) {
        const Scope scope = scope_of(spec, "after", spec.place);
        if (const auto other = binder_.task_named(name, scope)) {
            if (*other == index) binder_.complain(scope, "a task cannot wait for itself");
        }
    }
    for (const auto& name : spec.per) {
        if ((name == "row" && row_dim_) || binder_.dimension_named(name)) continue;
        const Scope scope = scope_of(spec, "per", spec.place);
        binder_.complain(scope, fmt::format("unknown name '{}'", name),
                         name == "row" ? "the recipe has no [data]" : binder_.meant(name, scope));
    }
}

bool Planner::bind_over(const std::vector<std::string>& over, std::size_t from, const Scope& scope,
                        std::set<std::size_t>& dims, bool& over_rows) {
    for (const auto& name : over) {
        const bool rows = name == "row" && row_dim_;
        const auto dim = rows ? row_dim_ : binder_.dimension_named(name);
        if (!dim) {
            binder_.complain(scope, fmt::format("over: unknown name '{}'", name),
                             binder_.meant(name, scope));
            return false;
        }
        over_rows = over_rows || rows;
        dims.insert(*dim);
    }
    if (!over.empty()) return true;
    if (const auto own = plan_.tasks[from].sample_dim) {
        dims.insert(*own);
        return true;
    }
    binder_.complain(scope,
                     fmt::format("task.{} has no samples: say over what it is gathered",
                                 recipe_.tasks[from].name),
                     "over = [\"a matrix name\"], an each, or \"row\"");
    return false;
}

void Planner::bind_collect(const TaskSpec& spec, const CollectSpec& collect, TaskPlan& task) {
    const Scope scope = scope_of(spec, "collect." + collect.alias, collect.place);
    task.collect.emplace_back();
    CollectPlan& made = task.collect.back();
    const auto from = binder_.task_named(collect.from, scope);
    if (!from) return;
    made.task = *from;
    made.by = collect.by;
    if (!bind_over(collect.over, *from, scope, made.over, made.over_rows)) return;
    if (!collect.by.empty() && !made.over_rows) {
        binder_.complain(scope, "by groups rows", "say over = \"row\"");
    }
    check_columns(collect.by, "by of collect." + collect.alias);
    if (collect.text) check_collect_text(spec, collect);
    if (collect.join && !collect.text) {
        binder_.complain(scope, "join goes with text", "add text, or use | join(...)");
    }
}

void Planner::check_collect_text(const TaskSpec& spec, const CollectSpec& collect) {
    const Scope scope = scope_of(spec, "collect." + collect.alias, collect.place);
    std::string error;
    const auto parsed = parse_template(*collect.text, error);
    if (!parsed) return binder_.complain(scope, error);
    for (const auto& part : parsed->parts) {
        if (!part.placeholder) continue;
        const auto& path = part.placeholder->path;
        if (path.size() == 1 && path[0] == "n") continue;
        if (path[0] == collect.from && path.size() > 1 && binder_.is_view(path[1])) continue;
        binder_.complain(scope,
                         fmt::format("{}: in text only {{{{n}}}} and values of {{{{{}...}}}} can "
                                     "be used",
                                     part.placeholder->name(), collect.from),
                         "put the rest into the prompt");
    }
}

void Planner::bind_pick(std::size_t index) {
    const auto& spec = recipe_.picks[index];
    auto& pick = plan_.picks[index];
    Scope scope;
    scope.where = "pick." + spec.name;
    scope.place = spec.place;
    const auto names = spec.first.empty() ? std::vector{spec.from} : spec.first;
    for (const auto& name : names) {
        const auto task = binder_.task_named(name, scope);
        if (!task) return;
        pick.tasks.push_back(*task);
    }
    if (!spec.first.empty()) return;
    bool over_rows = false;
    if (!bind_over(spec.over, pick.tasks[0], scope, pick.over, over_rows)) return;
    if (over_rows) {
        return binder_.complain(scope, "a pick cannot be over rows", "collect them in a task");
    }
    const auto& text = !spec.number.empty()    ? spec.number
                       : !spec.highest.empty() ? spec.highest
                                               : spec.lowest;
    auto value = binder_.bind(text, scope, pick_uses_[index]);
    if (!value) return;
    pick.value = std::move(*value);
    for (const auto& use : pick_uses_[index]) {
        if (use.reference.kind != Kind::task) continue;
        const auto known = std::find(pick.judges.begin(), pick.judges.end(), use.reference.index);
        if (known == pick.judges.end()) pick.judges.push_back(use.reference.index);
    }
    if (pick.judges.empty()) {
        binder_.complain(scope, "it does not name a task's result",
                         "such as number = \"{{judge.json.best}}\"");
    }
}

}  // namespace nightshift::recipe
