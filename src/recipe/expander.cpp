#include "recipe/expander.hpp"

#include "base/bounds.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace nightshift::recipe {
namespace {

constexpr std::uint32_t no_file = UINT32_MAX;  // of a row that has no line

}  // namespace

Expander::Expander(const Recipe& recipe, const Plan& plan, Table& table, const Folder& folder,
                   RowOptions options, OnLine on_line, OnProblem on_problem)
    : recipe_(recipe),
      plan_(plan),
      folder_(folder),
      options_(options),
      on_line_(std::move(on_line)),
      on_problem_(std::move(on_problem)),
      rows_(recipe, plan, table, std::move(options), on_problem_),
      instances_(recipe, plan, folder),
      seen_(plan.optional_columns.size(), false) {
    expansion_.lines.resize(recipe.tasks.size());
}

void Expander::warn(std::string what, std::string what_to_do) {
    on_problem_({true, recipe_.file, 0, 0, std::move(what), std::move(what_to_do)});
}

// Told once for a row, which then gives no line.
bool Expander::fail(const KeyedRow* row, std::string what, std::string what_to_do) {
    if (!bad_) {
        on_problem_(row != nullptr ? row->row.problem(std::move(what), std::move(what_to_do))
                                   : Problem{false, recipe_.file, 0, 0, std::move(what),
                                             std::move(what_to_do)});
    }
    bad_ = true;
    return false;
}

void Expander::emit() {
    for (std::size_t i = 0; i < pending_.size() && !bad_; ++i) {
        const std::size_t end = i + 1 < pending_.size() ? pending_[i + 1].begin : out_.size();
        const auto& origin = pending_[i].origin;
        on_line_(std::string_view(out_).substr(pending_[i].begin, end - pending_[i].begin), origin);
        if (origin.is_group) continue;
        ++expansion_.lines[origin.task];
        ++expansion_.total;
    }
    out_.clear();
    pending_.clear();
    bad_ = false;
}

Expansion Expander::run() {
    if (recipe_.data.given && recipe_.data.key.empty()) {
        warn("[data] says no key: rows are called by their cells, and a changed cell is a new row",
             "say key = \"column\"");
    }
    expand_once(TaskPlan::When::once);
    KeyedRow row;
    while (recipe_.data.given && rows_.next(row)) expand_row(row);
    expand_end();
    expansion_.read = rows_.read();
    if (recipe_.data.given && rows_.read() == 0) warn("there are no rows", "");
    if (rows_.read() > 0 && rows_.chosen() == 0) {
        warn(fmt::format("none of {} rows is left", rows_.read()), "look at where, first, --shard");
    }
    for (std::size_t i = 0; i < seen_.size(); ++i) {
        if (seen_[i] || expansion_.rows == 0) continue;
        warn(fmt::format("no row has '{}'", plan_.optional_columns[i][0]),
             "it may be absent everywhere: is it spelled right?");
        for (std::size_t j = i + 1; j < seen_.size(); ++j) {
            seen_[j] = seen_[j] || plan_.optional_columns[j] == plan_.optional_columns[i];
        }
    }
    return expansion_;
}

// Those made once; of many rows without groups, the places only: their lines come at the end.
void Expander::expand_once(TaskPlan::When when) {
    static const Row none;
    bad_ = false;
    for (const auto task : plan_.by_depth) {
        const auto& plan = plan_.tasks[task];
        if (plan.when == TaskPlan::When::row || group_dim_of(task)) continue;
        std::string error;
        if (!instances_.make(task, none, "", error)) {
            fail(nullptr, error);
            break;
        }
    }
    for (std::size_t task = 0; task < plan_.tasks.size() && !bad_; ++task) {
        if (plan_.tasks[task].when == when && is_in_this_shard(task)) write_task(task, nullptr);
    }
    emit();
}

// What serves rows of this shard is made in each; what stands alone, in the first.
bool Expander::is_in_this_shard(std::size_t task) const {
    if (options_.shard == 1) return true;
    std::vector<bool> serves(plan_.tasks.size(), false);
    for (auto at = plan_.by_depth.rbegin(); at != plan_.by_depth.rend(); ++at) {
        const auto& plan = plan_.tasks[*at];
        serves[*at] = serves[*at] || plan.when != TaskPlan::When::once;
        if (!serves[*at]) continue;
        for (const auto& need : plan.needs) {
            if (need.kind == Need::Kind::collect) {
                serves[plan.collect[need.index].task] = true;
            } else if (need.kind == Need::Kind::pick) {
                for (const auto other : plan_.picks[need.index].tasks) serves[other] = true;
                for (const auto other : plan_.picks[need.index].judges) serves[other] = true;
            } else {
                serves[need.index] = true;
            }
        }
    }
    return serves[task];
}

// Names that the recipe uses for itself must not be columns, too.
void Expander::check_names(const Row& row) {
    for (const auto& name : plan_.names_used) {
        if (row.find(name) == nullptr) continue;
        on_problem_(
            row.problem(fmt::format("'{}' is both a column and a name of the recipe", name),
                        fmt::format("write {{{{row.{}}}}} for the column, or rename one", name)));
        bad_ = true;
        return;
    }
    for (std::size_t i = 0; i < seen_.size(); ++i) {
        if (!seen_[i]) seen_[i] = row.find(plan_.optional_columns[i][0]) != nullptr;
    }
}

void Expander::expand_row(const KeyedRow& row) {
    bad_ = false;
    check_names(row.row);
    for (const auto task : plan_.by_depth) {
        if (plan_.tasks[task].when != TaskPlan::When::row || bad_) continue;
        std::string error;
        if (!instances_.make(task, row.row, row.key, error)) fail(&row, error);
    }
    for (std::size_t task = 0; task < plan_.tasks.size() && !bad_; ++task) {
        if (plan_.tasks[task].when == TaskPlan::When::row) write_task(task, &row);
    }
    if (!bad_) {
        gather(row);
        ++expansion_.rows;
    }
    emit();
}

void Expander::gather(const KeyedRow& row) {
    for (std::size_t task = 0; task < plan_.tasks.size(); ++task) {
        const auto& plan = plan_.tasks[task];
        for (std::size_t i = 0; i < plan.collect.size(); ++i) {
            const auto& collect = plan.collect[i];
            if (!collect.over_rows) continue;
            std::string key;
            for (const auto& column : collect.by) {
                const Value* cell = row.row.find(column);
                key += (key.empty() ? "" : "-") + (cell == nullptr ? "" : plain_of(*cell));
            }
            auto& all = gathered_[task];
            const auto [at, is_new] = groups_[task].try_emplace(key, all.size());
            if (is_new) {
                all.push_back({row.row, key, {}});
                all.back().ids.resize(plan.collect.size());
            }
            auto& ids = all[at->second].ids[i];
            for (const auto& instance : instances_.of(collect.task)) {
                if (instance.made) {
                    ids[instances_.place_of(collect.dims, instance)].push_back(instance.id);
                }
            }
        }
    }
}

// The dimension of groups that a task varies over; nothing when it is one of all rows.
std::optional<std::size_t> Expander::group_dim_of(std::size_t task) const {
    const auto& order = plan_.tasks[task].order;
    const bool grouped = !order.empty() && plan_.dims[order[0]].kind == Dimension::Kind::group;
    return grouped ? std::optional(order[0]) : std::nullopt;
}

void Expander::expand_end() {
    for (std::size_t task = 0; task < plan_.tasks.size(); ++task) {
        const auto& plan = plan_.tasks[task];
        if (plan.when != TaskPlan::When::end || group_dim_of(task)) continue;
        const auto found = gathered_.find(task);
        const bool gathers = std::any_of(plan.collect.begin(), plan.collect.end(),
                                         [](const auto& each) { return each.over_rows; });
        if (gathers && found == gathered_.end()) continue;
        group_ = gathers ? &found->second[0] : nullptr;
        write_task(task, nullptr);
        emit();
    }
    for (std::size_t dim = 0; dim < plan_.dims.size(); ++dim) {
        if (plan_.dims[dim].kind != Dimension::Kind::group) continue;
        // Every task that gathers by these columns has the same groups in the same order.
        const auto first = std::find_if(gathered_.begin(), gathered_.end(), [&](const auto& each) {
            return group_dim_of(each.first) == dim;
        });
        const std::size_t groups = first == gathered_.end() ? 0 : first->second.size();
        for (std::size_t i = 0; i < groups; ++i) expand_group(dim, first->second[i], i);
    }
    group_ = nullptr;
}

// All tasks of one group of rows.
void Expander::expand_group(std::size_t dim, const Gathered& group, std::size_t place) {
    const KeyedRow row{group.row, group.key};
    bad_ = false;
    for (const auto task : plan_.by_depth) {
        std::string error;
        if (bad_ || group_dim_of(task) != dim) continue;
        if (!instances_.make(task, row.row, row.key, error)) fail(&row, error);
    }
    for (std::size_t task = 0; task < plan_.tasks.size() && !bad_; ++task) {
        if (group_dim_of(task) != dim) continue;
        const auto own = gathered_.find(task);
        group_ = own == gathered_.end() ? nullptr : &own->second[place];
        write_task(task, &row);
    }
    emit();
}

bool Expander::claim_id(const std::string& id, const KeyedRow* row, bool own_id) {
    if (id.size() > limits::id_bytes || id.find('\0') != std::string::npos) {
        return fail(row, fmt::format("the id '{}...' is longer than {} bytes or holds a NUL",
                                     id.substr(0, 60), limits::id_bytes));
    }
    std::uint64_t content = 0;
    std::uint32_t file = no_file;
    if (row != nullptr) {
        content = static_cast<std::uint64_t>(row->row.number);
        if (row->row.line > 0) {
            if (files_.empty() || files_.back() != row->row.file) files_.push_back(row->row.file);
            file = static_cast<std::uint32_t>(files_.size() - 1);
            content = static_cast<std::uint64_t>(row->row.line);
        }
    }
    const auto entry = ids_.add(id, content, file);
    if (entry.is_new) return true;
    const std::string where = entry.number != no_file
                                  ? fmt::format("{}:{}", files_[entry.number], entry.content)
                              : entry.content > 0 ? fmt::format("row {}", entry.content)
                                                  : "another task";
    const bool by_key =
        !own_id && row != nullptr && entry.content > 0 &&
        entry.content != (row->row.line > 0 ? static_cast<std::uint64_t>(row->row.line)
                                            : static_cast<std::uint64_t>(row->row.number));
    return fail(row,
                by_key ? fmt::format("the key '{}' is already that of {}", row->key, where)
                       : fmt::format("the id '{}' is already that of {}", id, where),
                by_key ? "choose a key that is different in each row"
                       : "use in id what makes its tasks different");
}

bool Expander::write_task(std::size_t task, const KeyedRow* row) {
    for (const auto& instance : instances_.of(task)) {
        if (!instance.made) continue;
        const auto& plan = plan_.tasks[task];
        const bool opens = recipe_.tasks[task].want && instance.at[*plan.sample_dim] == 1;
        if (opens && !write_group(task, instance, row)) return false;
        if (!claim_id(instance.id, row, plan.id.has_value())) return false;
        if (!write_line(task, instance, row)) return false;
    }
    return true;
}

}  // namespace nightshift::recipe
