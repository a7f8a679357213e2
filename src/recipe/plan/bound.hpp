// Templates whose names are resolved, and what fills them: columns, matrix values, constants and
// numbers are known when a line is made; results, files and elements of answers stay placeholders.

#pragma once

#include "recipe/text/condition.hpp"
#include "recipe/data/row.hpp"
#include "recipe/read/recipe_file.hpp"
#include "recipe/text/template.hpp"
#include "recipe/text/value.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace nightshift::recipe {

// What a placeholder's first names stand for.
struct Reference {
    enum class Kind {
        column,      // of the row; also its whole path when a column is called so
        row,         // the whole row
        row_number,  // as read, from 1
        matrix,      // index: of the recipe's matrix
        constant,    // index: of the recipe's constants
        number,      // index: of a dimension
        element,     // index: of the recipe's each, of a list that is known
        slot,        // the same, of an answer's list
        task,        // index: of the recipe's tasks
        pick,        // index: of the recipe's picks
        collect,     // index: of the task's collects
        file,        // index: of the task's files
    };
    Kind kind = Kind::column;
    std::size_t index = 0;
    std::size_t from = 1;  // where the path into the value begins

    bool is_late() const { return kind >= Kind::slot; }
    // Of a task, in some way.
    bool is_result() const {
        return kind == Kind::task || kind == Kind::pick || kind == Kind::collect;
    }
};

struct BoundPart {
    std::string literal;
    std::optional<Placeholder> placeholder;
    Reference reference;
};

struct BoundTemplate {
    std::vector<BoundPart> parts;
    bool late = false;  // has a part that is

    bool is_lone() const {
        return parts.size() == 1 && parts[0].placeholder && parts[0].literal.empty();
    }
};

struct BoundCondition {
    Condition condition;
    BoundTemplate value;
};

// A value of the recipe with templates in it.
struct BoundValue {
    enum class Kind { constant, text, list, object };
    Kind kind = Kind::constant;
    std::string json, escaped_json;  // of a constant: as it is, and as a template line has it
    BoundTemplate text;
    std::vector<std::string> names;
    std::vector<BoundValue> items;
};

// Where a line is being made.
struct Context {
    const Recipe* recipe = nullptr;
    const Row* row = nullptr;
    // By dimension: the number from 1, of a matrix value its place from 1; 0: it does not vary.
    const std::vector<std::uint32_t>* at = nullptr;
    const std::vector<std::size_t>* matrix_dims = nullptr;  // dimension of each matrix name
    const std::vector<Value>* elements = nullptr;           // of each, known ones
    const std::vector<bool>* files = nullptr;               // which of the task's are there
    bool escape = false;                                    // the line is read as a template
    bool condition = false;                                 // null is a value
    std::vector<bool>* seen = nullptr;  // columns that some row had, by the binder's numbering
};

// What a template becomes: a value, or nothing (dropped), or an error (bad, with `why`).
Found fill(const BoundTemplate& bound, const Context& context);
// The same of a value: appends its JSON. False when it is dropped; `error` is set when it is bad.
bool append_filled(std::string& out, const BoundValue& bound, const Context& context,
                   std::string& error);
// What a reference stands for here, before filters.
Found look_up(const Reference& reference, const std::vector<std::string>& path,
              const Context& context);

}  // namespace nightshift::recipe
