// Where the rows of a recipe come from, opened as often as needed.

#pragma once

#include "recipe/data/row.hpp"
#include "recipe/read/recipe_file.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace nightshift::recipe {

class Table {
public:
    // `data_file` (--data) takes the place of what the recipe says; "" keeps that.
    Table(const Recipe& recipe, const Folder& folder, std::string data_file);
    ~Table();
    Table(const Table&) = delete;
    Table& operator=(const Table&) = delete;

    // False when the data cannot be read; that is told.
    bool prepare(const OnProblem& on_problem);
    // The columns where all rows have the same and they are known before the first row.
    const std::optional<std::vector<std::string>>& columns() const { return columns_; }

    // From the first row on. Standard input can be opened once, unless it was spooled.
    std::unique_ptr<RowSource> open(const OnProblem& on_problem);
    // Copies standard input into a temporary file, so that it can be read twice. Throws
    // StorageError when there is no room.
    void spool();

    // "heroes.jsonl", for messages.
    std::string name() const;

private:
    std::unique_ptr<RowSource> open_file(const std::string& path, const OnProblem& on_problem);
    std::string format_of(const std::string& path) const;
    bool check_file(const std::string& path, const OnProblem& on_problem);
    bool look_at_columns(const OnProblem& on_problem);
    std::string where(const std::string& path) const;

    const Recipe& recipe_;
    const Folder& folder_;
    std::string data_file_;
    std::vector<std::string> files_;  // as named
    std::vector<std::string> paths_;  // that `files` matches
    std::optional<std::vector<std::string>> columns_;
    int spool_ = -1;
};

}  // namespace nightshift::recipe
