// Rows times combinations become lines: ids, what each waits for, its request with everything
// filled that is known.

#pragma once

#include "manifest/id_index.hpp"
#include "recipe/read/folder.hpp"
#include "recipe/instances.hpp"
#include "recipe/plan/plan.hpp"
#include "recipe/rows.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nightshift::recipe {

struct Expansion {
    std::int64_t rows = 0;            // that made lines
    std::int64_t read = 0;            // that were read
    std::vector<std::int64_t> lines;  // by task
    std::int64_t total = 0;
};

struct LineOrigin {
    const Row* row = nullptr;  // nullptr: of no row alone
    std::size_t task = 0;
    bool is_group = false;  // defines a group of wanted ones; `task` is whose
};

class Expander {
public:
    // A line of the manifest, without its line feed.
    using OnLine = std::function<void(std::string_view line, const LineOrigin& origin)>;

    // Borrows all but the options.
    Expander(const Recipe& recipe, const Plan& plan, Table& table, const Folder& folder,
             RowOptions options, OnLine on_line, OnProblem on_problem);

    // Everything, row by row: a row with a problem gives no line.
    Expansion run();

private:
    struct Gathered {  // of one task and group: ids by collect and place
        Row row;       // the columns that it is grouped by
        std::string key;
        std::vector<std::map<std::string, std::vector<std::string>>> ids;  // by collect
    };

    void expand_once(TaskPlan::When when);
    void expand_row(const KeyedRow& row);
    void expand_end();
    void expand_group(std::size_t dim, const Gathered& group, std::size_t place);
    std::optional<std::size_t> group_dim_of(std::size_t task) const;
    void gather(const KeyedRow& row);
    bool write_task(std::size_t task, const KeyedRow* row);
    bool write_line(std::size_t task, const Instance& instance, const KeyedRow* row);
    bool write_group(std::size_t task, const Instance& instance, const KeyedRow* row);
    bool write_needs(std::size_t task, const Instance& instance, const Context& context);
    bool write_conditions(const std::vector<BoundCondition>& conditions, const Context& context);
    void write_head(std::size_t task, const Instance& instance, const KeyedRow* row);
    void write_each(std::size_t task, const Instance& instance, const Context& context);
    void write_files(std::size_t task, const Instance& instance);
    void write_metadata(std::size_t task, const KeyedRow* row);
    bool claim_id(const std::string& id, const KeyedRow* row, bool own_id);
    bool fail(const KeyedRow* row, std::string what, std::string what_to_do = {});
    void emit();
    void check_names(const Row& row);
    void warn(std::string what, std::string what_to_do);
    bool is_in_this_shard(std::size_t task) const;

    const Recipe& recipe_;
    const Plan& plan_;
    const Folder& folder_;
    RowOptions options_;
    OnLine on_line_;
    OnProblem on_problem_;
    Rows rows_;
    Instances instances_;
    Expansion expansion_;
    IdIndex ids_;
    std::vector<std::string> files_;  // that rows came from
    std::string out_;                 // lines of the present row, each behind the other
    struct Pending {
        std::size_t begin = 0;
        LineOrigin origin;
    };
    std::vector<Pending> pending_;
    bool bad_ = false;                                       // the present row has a problem
    std::vector<bool> seen_;                                 // of the plan's optional columns
    std::map<std::size_t, std::vector<Gathered>> gathered_;  // by task
    std::map<std::size_t, std::map<std::string, std::size_t>> groups_;
    const Gathered* group_ = nullptr;  // the present one
};

}  // namespace nightshift::recipe
