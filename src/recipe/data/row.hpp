// One row of data on its way into tasks.

#pragma once

#include "manifest/problem.hpp"
#include "recipe/text/value.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace nightshift::recipe {

using OnProblem = std::function<void(Problem&&)>;

struct Row {
    // Shared by all rows of a table; of JSON each row has its own.
    std::shared_ptr<const std::vector<std::string>> names;
    std::vector<Value> cells;  // beside `names`
    std::string file;          // as problems call it
    std::int64_t line = 0;     // where the row begins, from 1; 0: it has none
    std::int64_t number = 0;   // as read, from 1

    // nullptr when the row has no such column.
    const Value* find(std::string_view name) const;
    Problem problem(std::string what, std::string what_to_do = {}) const {
        return {false, file, line, 0, std::move(what), std::move(what_to_do)};
    }
};

// Rows one after the other. What cannot be a row is told and passed over, and still counts in
// `number`.
class RowSource {
public:
    virtual ~RowSource() = default;
    // False at the end. Throws UsageError when reading fails.
    virtual bool next(Row& row) = 0;
    // The columns where they are known before the first row; else nullptr.
    virtual const std::vector<std::string>* columns() const { return nullptr; }
};

}  // namespace nightshift::recipe
