// Over what each task varies: what it uses, and what those vary over that it uses.

#include "recipe/plan/planner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace nightshift::recipe {

using Kind = Reference::Kind;

bool Planner::visit(const Node& node) {
    Mark& mark = marks_[node];
    if (mark == Mark::done) return true;
    if (mark == Mark::open) return tell_circle(node);
    mark = Mark::open;
    open_.push_back(node);
    bool visited = false;
    switch (node.kind) {
        case Node::Kind::task:
            visited = visit_task(node.index);
            break;
        case Node::Kind::each:
            visited = visit_each(node.index);
            break;
        case Node::Kind::pick:
            visited = visit_pick(node.index);
            break;
    }
    open_.pop_back();
    marks_[node] = Mark::done;
    return visited;
}

bool Planner::tell_circle(const Node& node) {
    std::string way;
    const auto begin = std::find(open_.begin(), open_.end(), node);
    for (auto at = begin; at != open_.end(); ++at) way += name_of(*at) + " -> ";
    Scope scope;
    const auto& first = *begin;
    if (first.kind == Node::Kind::task) scope.place = recipe_.tasks[first.index].place;
    binder_.complain(scope, "tasks wait for each other: " + way + name_of(node),
                     "one of them must do without");
    return false;
}

bool Planner::visit_uses(const std::vector<Use>& uses, const TaskPlan* task) {
    for (const auto& use : uses) {
        bool visited = true;
        switch (use.reference.kind) {
            case Kind::task:
                visited = visit({Node::Kind::task, use.reference.index});
                break;
            case Kind::pick:
                visited = visit({Node::Kind::pick, use.reference.index});
                break;
            case Kind::element:
            case Kind::slot:
                visited = visit({Node::Kind::each, use.reference.index});
                break;
            case Kind::collect:
                visited = visit({Node::Kind::task, task->collect[use.reference.index].task});
                break;
            case Kind::number: {
                const auto& dim = plan_.dims[use.reference.index];
                const bool is_each =
                    dim.kind == Dimension::Kind::element || dim.kind == Dimension::Kind::slot;
                if (is_each) visited = visit({Node::Kind::each, dim.index});
                break;
            }
            default:
                break;
        }
        if (!visited) return false;
    }
    return true;
}

void Planner::add_dims(const Use& use, const TaskPlan* task, std::set<std::size_t>& dims) {
    const auto add = [&dims](const std::set<std::size_t>& more) {
        dims.insert(more.begin(), more.end());
    };
    const std::size_t index = use.reference.index;
    switch (use.reference.kind) {
        case Kind::column:
        case Kind::row:
        case Kind::row_number:
            if (row_dim_) dims.insert(*row_dim_);
            return;
        case Kind::matrix:
            dims.insert(plan_.matrix_dims[index]);
            return;
        case Kind::number: {
            dims.insert(index);
            const auto& dim = plan_.dims[index];
            const bool is_each =
                dim.kind == Dimension::Kind::element || dim.kind == Dimension::Kind::slot;
            if (is_each) add(plan_.each[dim.index].dims);
            return;
        }
        case Kind::element:
        case Kind::slot:
            add(plan_.each[index].dims);
            return;
        case Kind::task:
            add(plan_.tasks[index].dims);
            return;
        case Kind::pick:
            add(plan_.picks[index].dims);
            return;
        case Kind::collect:
            add(task->collect[index].dims);
            return;
        case Kind::constant:
        case Kind::file:
            return;
    }
}

bool Planner::visit_each(std::size_t index) {
    if (!visit_uses(each_uses_[index], nullptr)) return false;
    auto& each = plan_.each[index];
    each.dims.insert(each.dim);
    for (const auto& use : each_uses_[index]) add_dims(use, nullptr, each.dims);
    return true;
}

bool Planner::visit_pick(std::size_t index) {
    auto& pick = plan_.picks[index];
    for (const auto task : pick.tasks) {
        if (!visit({Node::Kind::task, task})) return false;
    }
    if (!visit_uses(pick_uses_[index], nullptr)) return false;
    const auto& spec = recipe_.picks[index];
    for (const auto task : pick.tasks) {
        const auto& dims = plan_.tasks[task].dims;
        pick.dims.insert(dims.begin(), dims.end());
    }
    for (const auto dim : pick.over) pick.dims.erase(dim);
    if (!spec.number.empty()) {
        for (const auto& use : pick_uses_[index]) add_dims(use, nullptr, pick.dims);
    }
    return true;
}

bool Planner::visit_task(std::size_t index) {
    const auto& spec = recipe_.tasks[index];
    auto& task = plan_.tasks[index];
    if (!visit_uses(task_uses_[index], &task)) return false;
    for (std::size_t i = 0; i < task.collect.size(); ++i) {
        auto& collect = task.collect[i];
        if (!visit({Node::Kind::task, collect.task})) return false;
        collect.dims = plan_.tasks[collect.task].dims;
        for (const auto dim : collect.over) {
            if (collect.dims.erase(dim) > 0) continue;
            binder_.complain(
                scope_of(spec, "collect." + spec.collect[i].alias, spec.collect[i].place),
                fmt::format("task.{} does not vary over {}", recipe_.tasks[collect.task].name,
                            plan_.dims[dim].name));
        }
        task.dims.insert(collect.dims.begin(), collect.dims.end());
    }
    for (const auto& name : spec.after) {
        const auto other = binder_.task_named(name, scope_of(spec, "after", spec.place));
        if (other && !visit({Node::Kind::task, *other})) return false;
    }
    for (const auto& use : task_uses_[index]) {
        const bool gathers = std::any_of(task.collect.begin(), task.collect.end(),
                                         [](const auto& each) { return each.over_rows; });
        // A column that rows are grouped by is that of the group.
        if (gathers && use.reference.kind == Kind::column) continue;
        add_dims(use, &task, task.dims);
    }
    for (const auto& name : spec.per) {
        if (name == "row" && row_dim_) task.dims.insert(*row_dim_);
        const auto dim = name == "row" ? std::nullopt : binder_.dimension_named(name);
        if (!dim) continue;
        Use use;
        use.reference = {Kind::number, *dim, 0};
        if (plan_.dims[*dim].kind == Dimension::Kind::matrix) {
            task.dims.insert(*dim);
        } else if (!visit_uses({use}, &task)) {
            return false;
        } else {
            add_dims(use, &task, task.dims);
        }
    }
    if (task.sample_dim) task.dims.insert(*task.sample_dim);
    gather_rows(index);
    return true;
}

std::size_t Planner::group_dimension(const std::vector<std::string>& by) {
    for (std::size_t i = 0; i < plan_.dims.size(); ++i) {
        if (plan_.dims[i].kind == Dimension::Kind::group && plan_.dims[i].by == by) return i;
    }
    Dimension dim{Dimension::Kind::group, 0, "row", {}, 0, 0};
    dim.by = by;
    plan_.dims.push_back(std::move(dim));
    return plan_.dims.size() - 1;
}

// A task of all rows together, or of each group of them.
void Planner::gather_rows(std::size_t index) {
    const auto& spec = recipe_.tasks[index];
    auto& task = plan_.tasks[index];
    const auto gatherer = std::find_if(task.collect.begin(), task.collect.end(),
                                       [](const auto& each) { return each.over_rows; });
    if (gatherer == task.collect.end()) return;
    const auto by = gatherer->by;
    std::string allowed;
    for (const auto& column : by) allowed += " {{" + column + "}}";
    const Scope scope = scope_of(spec, "", spec.place);
    for (const auto& use : task_uses_[index]) {
        if (use.reference.kind != Kind::column) continue;
        std::string name;
        for (std::size_t i = use.reference.from - 1; i < use.path.size(); ++i) {
            name += (name.empty() ? "" : ".") + use.path[i];
        }
        if (std::find(by.begin(), by.end(), name) != by.end()) continue;
        binder_.complain(scope,
                         fmt::format("{{{{{}}}}} cannot be used in a task of many rows", name),
                         by.empty() ? "say by = \"" + name + "\" to make one for each"
                                    : "besides what it collects it can use" + allowed);
    }
    for (const auto& collect : task.collect) {
        if (collect.over_rows && collect.by == by) continue;
        binder_.complain(scope, "what it collects must all be over rows, by the same columns");
    }
    if (row_dim_ && task.dims.count(*row_dim_) > 0) {
        binder_.complain(scope, "a task of many rows cannot use what there is once for each row",
                         "collect it over \"row\", too");
        task.dims.erase(*row_dim_);
    }
    if (!by.empty()) task.dims.insert(group_dimension(by));
}

// Rows first, then the matrix in the order of the file, then numbers in that order, but each behind
// what it depends on.
void Planner::rank_dimensions() {
    const auto before = [&](std::size_t dim) {
        const auto& spec = plan_.dims[dim];
        std::set<std::size_t> others;
        if (spec.kind == Dimension::Kind::sample) others = plan_.tasks[spec.index].dims;
        if (spec.kind == Dimension::Kind::element || spec.kind == Dimension::Kind::slot) {
            others = plan_.each[spec.index].dims;
        }
        others.erase(dim);
        return others;
    };
    std::vector<std::size_t> left(plan_.dims.size());
    for (std::size_t i = 0; i < left.size(); ++i) left[i] = i;
    const auto group_of = [&](std::size_t dim) {
        const auto kind = plan_.dims[dim].kind;
        if (kind == Dimension::Kind::row || kind == Dimension::Kind::group) return 0;
        return kind == Dimension::Kind::matrix ? 1 : 2;
    };
    std::stable_sort(left.begin(), left.end(), [&](std::size_t a, std::size_t b) {
        const auto& x = plan_.dims[a];
        const auto& y = plan_.dims[b];
        return std::make_tuple(group_of(a), x.place.line, x.place.column) <
               std::make_tuple(group_of(b), y.place.line, y.place.column);
    });
    std::set<std::size_t> done;
    for (std::size_t rank = 0; !left.empty(); ++rank) {
        auto next = std::find_if(left.begin(), left.end(), [&](std::size_t dim) {
            const auto others = before(dim);
            return std::all_of(others.begin(), others.end(),
                               [&done](std::size_t other) { return done.count(other) > 0; });
        });
        if (next == left.end()) next = left.begin();
        plan_.dims[*next].rank = rank;
        done.insert(*next);
        left.erase(next);
    }
    for (auto& task : plan_.tasks) {
        task.order.assign(task.dims.begin(), task.dims.end());
        std::sort(task.order.begin(), task.order.end(), [&](std::size_t a, std::size_t b) {
            return plan_.dims[a].rank < plan_.dims[b].rank;
        });
    }
}

}  // namespace nightshift::recipe
