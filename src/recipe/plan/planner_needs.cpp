// What a line names in `after`, in the order of use, and what is wrong with it.

#include "recipe/plan/planner.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace nightshift::recipe {

using Kind = Reference::Kind;

void Planner::need(std::size_t task, const Need& wanted) {
    auto& needs = plan_.tasks[task].needs;
    const bool known = std::any_of(needs.begin(), needs.end(), [&wanted](const Need& each) {
        return each.alias == wanted.alias;
    });
    if (!known) needs.push_back(wanted);
}

void Planner::need_each(std::size_t task, std::size_t each) {
    if (!plan_.each[each].is_late) return;
    auto& slots = plan_.tasks[task].slots;
    if (std::find(slots.begin(), slots.end(), each) != slots.end()) return;
    for (const auto& use : each_uses_[each]) need_use(task, use);
    slots.push_back(each);
}

void Planner::need_use(std::size_t task, const Use& use) {
    const std::size_t index = use.reference.index;
    switch (use.reference.kind) {
        case Kind::task:
            return need(task, {Need::Kind::task, index, recipe_.tasks[index].name});
        case Kind::pick:
            if (!recipe_.picks[index].number.empty()) {
                for (const auto& judge : pick_uses_[index]) need_use(task, judge);
            }
            return need(task, {Need::Kind::pick, index, recipe_.picks[index].name});
        case Kind::collect:
            return need(task, {Need::Kind::collect, index, use.path[0]});
        case Kind::slot:
            return need_each(task, index);
        case Kind::number:
            if (plan_.dims[index].kind == Dimension::Kind::slot) {
                need_each(task, plan_.dims[index].index);
            }
            return;
        default:
            return;
    }
}

void Planner::add_needs(std::size_t index) {
    const auto& spec = recipe_.tasks[index];
    for (const auto& use : task_uses_[index]) need_use(index, use);
    for (const auto& name : spec.per) {
        const auto dim = name == "row" ? std::nullopt : binder_.dimension_named(name);
        if (!dim) continue;
        Use use;
        use.reference = {Kind::number, *dim, 0};
        need_use(index, use);
    }
    for (std::size_t i = 0; i < spec.collect.size(); ++i) {
        need(index, {Need::Kind::collect, i, spec.collect[i].alias});
    }
    for (const auto& name : spec.after) {
        const auto other = binder_.task_named(name, scope_of(spec, "after", spec.place));
        if (other) need(index, {Need::Kind::wait, *other, name});
    }
}

void Planner::check_judge(std::size_t index, std::size_t judge) {
    const auto& spec = recipe_.picks[index];
    const auto& pick = plan_.picks[index];
    const auto& task = plan_.tasks[judge];
    Scope scope;
    scope.where = "pick." + spec.name;
    scope.place = spec.place;
    const auto collect =
        std::find_if(task.collect.begin(), task.collect.end(),
                     [&pick](const CollectPlan& each) { return each.task == pick.tasks[0]; });
    if (collect == task.collect.end()) {
        binder_.complain(scope,
                         fmt::format("number counts what the judge was shown, and {} does not "
                                     "collect '{}'",
                                     recipe_.tasks[judge].name, spec.from),
                         fmt::format("add collect.ALIAS = {{from = \"{}\"}} to task.{}", spec.from,
                                     recipe_.tasks[judge].name));
    } else if (collect->over != pick.over) {
        binder_.complain(scope,
                         fmt::format("{} collects '{}' over something else",
                                     recipe_.tasks[judge].name, spec.from),
                         "say the same over in both");
    }
}

void Planner::check_pick(std::size_t index) {
    const auto& spec = recipe_.picks[index];
    auto& pick = plan_.picks[index];
    if (!spec.first.empty() || pick.tasks.empty()) return;
    Scope scope;
    scope.where = "pick." + spec.name;
    scope.place = spec.place;
    const auto& candidates = plan_.tasks[pick.tasks[0]].dims;
    for (const auto dim : pick.over) {
        if (candidates.count(dim) > 0) continue;
        binder_.complain(
            scope, fmt::format("task.{} does not vary over {}", spec.from, plan_.dims[dim].name));
    }
    if (!spec.number.empty()) {
        for (const auto judge : pick.judges) check_judge(index, judge);
        return;
    }
    for (const auto judge : pick.judges) {
        const auto& dims = plan_.tasks[judge].dims;
        const bool one = std::all_of(dims.begin(), dims.end(), [&candidates](std::size_t dim) {
            return candidates.count(dim) > 0;
        });
        if (one) continue;
        binder_.complain(
            scope, fmt::format("{} is not one value for each candidate", recipe_.tasks[judge].name),
            "it varies over more than what is picked from");
    }
}

void Planner::check_accepted(std::size_t index) {
    const auto& spec = recipe_.tasks[index];
    const auto& dims = plan_.tasks[index].dims;
    for (const auto& use : accept_uses_[index]) {
        const std::set<std::size_t>* of = nullptr;
        if (use.reference.kind == Kind::task) of = &plan_.tasks[use.reference.index].dims;
        if (use.reference.kind == Kind::pick) of = &plan_.picks[use.reference.index].dims;
        if (of == nullptr) continue;
        const bool one = std::all_of(of->begin(), of->end(),
                                     [&dims](std::size_t dim) { return dims.count(dim) > 0; });
        if (one) continue;
        binder_.complain(scope_of(spec, "accept", spec.place),
                         fmt::format("{{{{{}}}}} is not one value for each candidate", use.path[0]),
                         "it varies over more than the candidate does");
    }
}

// Whose candidates a task belongs to.
void Planner::check_wanting(std::size_t index) {
    auto& task = plan_.tasks[index];
    for (const auto dim : task.order) {
        const auto& spec = plan_.dims[dim];
        if (spec.kind != Dimension::Kind::sample || !recipe_.tasks[spec.index].want) continue;
        if (task.wanting) {
            const auto& own = recipe_.tasks[index];
            binder_.complain(
                scope_of(own, "", own.place),
                fmt::format("it belongs to candidates of {} and of {}",
                            recipe_.tasks[*task.wanting].name, recipe_.tasks[spec.index].name),
                "a task can belong to one want only: collect the other");
        }
        task.wanting = spec.index;
    }
}

void Planner::place_tasks() {
    const auto has_group = [this](const TaskPlan& task) {
        return std::any_of(task.dims.begin(), task.dims.end(), [this](std::size_t dim) {
            return plan_.dims[dim].kind == Dimension::Kind::group;
        });
    };
    std::map<std::size_t, int> depths;
    for (std::size_t i = 0; i < plan_.tasks.size(); ++i) {
        auto& task = plan_.tasks[i];
        const auto& spec = recipe_.tasks[i];
        const bool of_row = row_dim_ && task.dims.count(*row_dim_) > 0;
        const bool gathers = std::any_of(task.collect.begin(), task.collect.end(),
                                         [](const auto& each) { return each.over_rows; });
        task.when = of_row ? TaskPlan::When::row : TaskPlan::When::once;
        if (gathers || has_group(task)) task.when = TaskPlan::When::end;
        if (of_row && has_group(task)) {
            binder_.complain(scope_of(spec, "", spec.place),
                             "it uses a result of many rows and one of each row",
                             "collect over \"row\" without by, or do without one of them");
        }
        for (const auto& each : task.needs) {
            const bool waits_for_rows = each.kind == Need::Kind::wait && row_dim_ && !of_row &&
                                        plan_.tasks[each.index].dims.count(*row_dim_) > 0;
            if (!waits_for_rows) continue;
            binder_.complain(
                scope_of(spec, "after", spec.place),
                fmt::format("task.{} is made for each row, and this one is not", each.alias),
                "say per = \"row\", or collect it over \"row\"");
        }
        plan_.depth = std::max(plan_.depth, depth_of(i, depths));
        plan_.by_depth.push_back(i);
    }
    std::stable_sort(plan_.by_depth.begin(), plan_.by_depth.end(),
                     [&depths](std::size_t a, std::size_t b) { return depths[a] < depths[b]; });
    // Once-made tasks that stand on tasks of many rows come behind them.
    for (bool changed = true; changed;) {
        changed = false;
        for (auto& task : plan_.tasks) {
            if (task.when != TaskPlan::When::once) continue;
            for (const auto& each : task.needs) {
                const bool direct = each.kind == Need::Kind::task || each.kind == Need::Kind::wait;
                if (!direct || plan_.tasks[each.index].when != TaskPlan::When::end) continue;
                task.when = TaskPlan::When::end;
                changed = true;
                break;
            }
        }
    }
}

int Planner::depth_of(std::size_t task, std::map<std::size_t, int>& known) {
    if (const auto found = known.find(task); found != known.end()) return found->second;
    int below = 0;
    const auto add = [&](std::size_t other) {
        if (other != task) below = std::max(below, depth_of(other, known));
    };
    for (const auto& each : plan_.tasks[task].needs) {
        if (each.kind == Need::Kind::collect) {
            add(plan_.tasks[task].collect[each.index].task);
        } else if (each.kind == Need::Kind::pick) {
            for (const auto other : plan_.picks[each.index].tasks) add(other);
            for (const auto other : plan_.picks[each.index].judges) add(other);
        } else {
            add(each.index);
        }
    }
    return known[task] = below + 1;
}

void Planner::warn_of_unused() {
    if (!good()) return;
    std::set<std::size_t> used;
    for (const auto& task : plan_.tasks) used.insert(task.dims.begin(), task.dims.end());
    Scope scope;
    for (std::size_t i = 0; i < recipe_.matrix.size(); ++i) {
        if (used.count(plan_.matrix_dims[i]) > 0) continue;
        scope.place = recipe_.matrix[i].place;
        binder_.warn(scope,
                     fmt::format("no task uses the matrix name '{}': it multiplies nothing",
                                 recipe_.matrix[i].name),
                     "use it, or say per");
    }
    for (std::size_t i = 0; i < recipe_.each.size(); ++i) {
        if (used.count(plan_.each[i].dim) > 0) continue;
        scope.place = recipe_.each[i].place;
        binder_.warn(scope, fmt::format("no task uses each.{}", recipe_.each[i].name), "");
    }
    for (std::size_t i = 0; i < recipe_.tasks.size(); ++i) {
        if (plan_.tasks[i].when != TaskPlan::When::once || !row_dim_) continue;
        binder_.warn(scope_of(recipe_.tasks[i], "", recipe_.tasks[i].place),
                     "it uses no column, so it is made once and serves all rows",
                     "say per = \"row\" to make it for each row");
    }
}

}  // namespace nightshift::recipe
