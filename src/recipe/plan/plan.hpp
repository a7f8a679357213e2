// A recipe whose names are resolved: over what each task varies, what it needs, in which order
// lines come. Made before any row is read, so that everything that can be wrong without a row is
// told at once.

#pragma once

#include "recipe/plan/bound.hpp"
#include "recipe/read/recipe_file.hpp"

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace nightshift::recipe {

// What a task may be made several times for.
struct Dimension {
    enum class Kind { row, group, matrix, element, slot, sample };
    Kind kind = Kind::row;
    std::size_t index = 0;  // of the recipe's matrix, each or tasks
    std::string name;
    Place place;
    std::uint32_t size = 0;            // 0: rows and known lists say
    std::size_t rank = 0;              // outer ones first
    std::vector<std::string> by = {};  // of groups: the columns
};

// A task, collection or pick that a line names in `after`.
struct Need {
    enum class Kind { task, collect, pick, wait };  // wait: `after`, without use
    Kind kind = Kind::task;
    std::size_t index = 0;  // of the recipe's tasks or picks, of the task's collects
    std::string alias;
};

struct EachPlan {
    BoundTemplate of;
    bool is_late = false;
    std::size_t dim = 0;
    std::set<std::size_t> dims;  // its own and those of the list
    std::vector<Need> needs;
};

struct PickPlan {
    std::vector<std::size_t> tasks;   // candidates come from: one, or those of `first`
    BoundTemplate value;              // number, highest or lowest
    std::vector<std::size_t> judges;  // tasks that it names
    std::set<std::size_t> dims, over;
};

struct CollectPlan {
    std::size_t task = 0;
    std::set<std::size_t> over;
    std::set<std::size_t> dims;  // what is left
    bool over_rows = false;
    std::vector<std::string> by;  // columns
};

struct BoundField {
    std::string name;
    BoundValue value;
};

struct TaskPlan {
    // When lines are made: before the first row, with each row, behind the last row.
    enum class When { once, row, end };
    When when = When::row;
    std::set<std::size_t> dims;
    std::vector<std::size_t> order;  // the same by rank
    std::optional<std::size_t> sample_dim;
    std::vector<BoundField> request, around;
    bool has_metadata = false;
    std::optional<BoundTemplate> id;
    std::vector<BoundTemplate> files;
    std::vector<BoundCondition> conditions;  // when
    std::vector<CollectPlan> collect;
    std::vector<Need> needs;         // in the order of use
    std::vector<std::size_t> slots;  // each whose element the line asks for
    // want
    std::vector<BoundCondition> accept;
    std::optional<BoundTemplate> unique;
    std::optional<std::size_t> wanting;  // the task whose candidates it belongs to
};

struct Plan {
    std::vector<Dimension> dims;                             // 0 is the row's, when there is data
    std::vector<std::size_t> matrix_dims;                    // by matrix name
    std::vector<EachPlan> each;                              // by the recipe's each
    std::vector<TaskPlan> tasks;                             // by the recipe's tasks
    std::vector<PickPlan> picks;                             // by the recipe's picks
    std::vector<BoundCondition> where;                       // data.where
    std::vector<std::string> names_used;                     // that a column must not have
    std::vector<std::vector<std::string>> optional_columns;  // paths with `optional`, to be seen
    std::vector<std::set<std::size_t>> excluded_dims;        // of the recipe's exclude
    std::vector<std::size_t> by_depth;                       // tasks, what they need before them
    int depth = 0;                                           // stages
};

// `columns`: where they are known; `header`: every row has them all. Problems and warnings are
// appended; with a problem the plan is not to be used.
Plan make_plan(const Recipe& recipe, const std::optional<std::vector<std::string>>& columns,
               std::vector<Problem>& problems);

}  // namespace nightshift::recipe
