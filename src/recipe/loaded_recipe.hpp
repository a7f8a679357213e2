// A recipe ready to be expanded: read, its data looked at, its names resolved.

#pragma once

#include "recipe/data/table.hpp"
#include "recipe/expander.hpp"
#include "recipe/read/folder.hpp"
#include "recipe/plan/plan.hpp"
#include "recipe/read/recipe_file.hpp"
#include "recipe/rows.hpp"

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace nightshift::recipe {

struct RecipeOptions {
    std::string data_file;                   // --data
    std::map<std::string, std::string> set;  // --set
    std::vector<std::string> allowed;        // --allow-files
    std::vector<std::string> line_fields;    // that a line may have; empty: any
    RowOptions rows;
};

class LoadedRecipe {
public:
    // `name` as problems call it; `folder` is what its paths begin in. Problems and warnings are
    // told, each once.
    LoadedRecipe(std::string_view text, std::string name, const std::filesystem::path& folder,
                 RecipeOptions options, OnProblem on_problem);
    ~LoadedRecipe();

    // Nothing that is wrong without a row.
    bool is_good() const { return good_; }
    const Recipe& recipe() const { return recipe_; }
    const Plan& plan() const { return plan_; }
    std::string data_name() const;

    // Only of a good one, and once.
    Expansion expand(const Expander::OnLine& on_line);

private:
    Folder folder_;
    RecipeOptions options_;
    OnProblem on_problem_;
    Recipe recipe_;
    std::unique_ptr<Table> table_;
    Plan plan_;
    bool good_ = false;
};

}  // namespace nightshift::recipe
