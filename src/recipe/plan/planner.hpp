// Makes a plan, step by step. Private to src/recipe.

#pragma once

#include "recipe/plan/binder.hpp"
#include "recipe/plan/plan.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace nightshift::recipe {

class Planner {
public:
    Planner(const Recipe& recipe, const std::optional<std::vector<std::string>>& columns,
            std::vector<Problem>& problems);
    Plan make();

private:
    // What tasks, eaches and picks are to the search for circles.
    struct Node {
        enum class Kind { task, each, pick };
        Kind kind = Kind::task;
        std::size_t index = 0;
        auto operator<=>(const Node&) const = default;
    };
    enum class Mark { fresh, open, done };

    Scope scope_of(const TaskSpec& task, const std::string& field, const Place& place) const;
    std::string name_of(const Node& node) const;
    bool good() const;

    // Names (planner.cpp).
    void number_dimensions();
    void check_data();
    void check_columns(const std::vector<std::string>& names, const std::string& what);
    bool bind_each(std::size_t index);
    void bind_task(std::size_t index);
    void bind_fields(const TaskSpec& spec, TaskPlan& task);
    void bind_aliases(const TaskSpec& spec, TaskPlan& task);
    void bind_collect(const TaskSpec& spec, const CollectSpec& collect, TaskPlan& task);
    void check_collect_text(const TaskSpec& spec, const CollectSpec& collect);
    void bind_pick(std::size_t index);
    bool bind_over(const std::vector<std::string>& over, std::size_t from, const Scope& scope,
                   std::set<std::size_t>& dims, bool& over_rows);

    // Dimensions (planner_dimensions.cpp).
    bool visit(const Node& node);
    bool visit_uses(const std::vector<Use>& uses, const TaskPlan* task);
    bool visit_each(std::size_t index);
    bool visit_pick(std::size_t index);
    bool visit_task(std::size_t index);
    void add_dims(const Use& use, const TaskPlan* task, std::set<std::size_t>& dims);
    bool tell_circle(const Node& node);
    void gather_rows(std::size_t index);
    std::size_t group_dimension(const std::vector<std::string>& by);
    void rank_dimensions();

    // Needs and what is wrong with them (planner_needs.cpp).
    void add_needs(std::size_t index);
    void need(std::size_t task, const Need& need);
    void need_use(std::size_t task, const Use& use);
    void need_each(std::size_t task, std::size_t each);
    void check_pick(std::size_t index);
    void check_judge(std::size_t index, std::size_t judge);
    void check_accepted(std::size_t index);
    void check_wanting(std::size_t index);
    void warn_of_unused();
    void place_tasks();
    int depth_of(std::size_t task, std::map<std::size_t, int>& known);

    const Recipe& recipe_;
    const std::optional<std::vector<std::string>>& columns_;
    std::vector<Problem>& problems_;
    Plan plan_;
    Binder binder_;
    std::vector<std::vector<Use>> task_uses_, each_uses_, pick_uses_, accept_uses_;
    std::vector<Mark> each_bound_;
    std::map<Node, Mark> marks_;
    std::vector<Node> open_;  // on the way
    std::optional<std::size_t> row_dim_;
    std::set<std::size_t> matrix_used_, each_used_;
};

}  // namespace nightshift::recipe
