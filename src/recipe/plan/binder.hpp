// Names of placeholders become references. Private to src/recipe.

#pragma once

#include "recipe/plan/bound.hpp"
#include "recipe/plan/plan.hpp"
#include "recipe/read/recipe_file.hpp"

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace nightshift::recipe {

// A placeholder that a template uses.
struct Use {
    Reference reference;
    std::vector<std::string> path;
    bool may_be_absent = false;
};

// What may be used at a place.
struct Scope {
    enum class Allowed {
        rows,   // columns and constants: before the matrix is known
        known,  // what is known when the line is made
        all,
    };
    const TaskSpec* task = nullptr;  // whose files and collects count
    Allowed allowed = Allowed::all;
    std::string where;  // "task.look, prompt", for messages
    Place place;
};

class Binder {
public:
    Binder(const Recipe& recipe, const std::optional<std::vector<std::string>>& columns, Plan& plan,
           std::vector<Problem>& problems);

    // Nothing when something is wrong with it, which is told. Uses are appended.
    std::optional<BoundTemplate> bind(const std::string& text, const Scope& scope,
                                      std::vector<Use>& uses);
    std::optional<BoundTemplate> bind(const Template& parsed, const Scope& scope,
                                      std::vector<Use>& uses);
    std::vector<BoundCondition> bind(const ConditionList& conditions, const Scope& scope,
                                     std::vector<Use>& uses);
    BoundValue bind(const Value& value, const Scope& scope, std::vector<Use>& uses);

    // Of names that are no placeholders: `from`, `after`, `over`.
    std::optional<std::size_t> task_named(const std::string& name, const Scope& scope);
    // The dimension of a matrix name, an each or a task with samples; nothing when it is none.
    std::optional<std::size_t> dimension_named(const std::string& name) const;
    void complain(const Scope& scope, std::string what, std::string what_to_do = {});
    void warn(const Scope& scope, std::string what, std::string what_to_do = {});
    bool is_column(const std::string& name) const;
    // Of a result, as {{task.VIEW}}.
    bool is_view(const std::string& name) const;
    // The nearest of all names that there are, as " did you mean ...".
    std::string meant(const std::string& name, const Scope& scope) const;

private:
    bool resolve(const Placeholder& placeholder, const Scope& scope, Reference& reference);
    bool resolve_reserved(const Placeholder& placeholder, const Scope& scope, Reference& reference,
                          bool& is_reserved);
    bool resolve_number(const Placeholder& placeholder, const Scope& scope, Reference& reference);
    bool resolve_named(const Placeholder& placeholder, const std::string& name, const Scope& scope,
                       Reference& reference);
    bool resolve_column(const Placeholder& placeholder, std::size_t from, const Scope& scope,
                        Reference& reference);
    bool check_allowed(const Placeholder& placeholder, const Scope& scope,
                       const Reference& reference);
    bool check_view(const Placeholder& placeholder, const Scope& scope, const Reference& reference);
    bool check_members(const Placeholder& placeholder, const Scope& scope, std::size_t task,
                       std::size_t from);

    const Recipe& recipe_;
    const std::optional<std::vector<std::string>>& columns_;
    Plan& plan_;
    std::vector<Problem>& problems_;
    std::set<std::string> warned_;
};

}  // namespace nightshift::recipe
