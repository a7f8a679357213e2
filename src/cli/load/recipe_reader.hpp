// Recipes where manifests are read: told by what a file holds, expanded, and read as the lines they
// stand for.

#pragma once

#include "cli/input/arguments.hpp"
#include "manifest/intake.hpp"
#include "recipe/loaded_recipe.hpp"

#include <functional>
#include <string>
#include <vector>

namespace nightshift::cli {

// Throws UsageError for flags that cannot be meant.
recipe::RecipeOptions recipe_options(const RecipeArguments& arguments);
// Whether any flag is given that only a recipe knows.
bool has_recipe_flag(const RecipeArguments& arguments);

// A folder's recipe by its path; "-" stands in the current folder.
std::string folder_of_recipe(const std::string& path);

// What a check wants to know of an expanded recipe.
using OnExpanded = std::function<void(const recipe::LoadedRecipe&, const recipe::Expansion&)>;

// What a check makes of it: lines that wait for others are not read further.
struct RecipeCheck {
    recipe::Expander::OnLine on_line;
    OnExpanded on_expanded;
};

// Makes an intake take recipes, for a run (check: nullptr) or a check.
void take_recipes(IntakeHooks& hooks, const RecipeArguments& arguments,
                  const RecipeCheck* check = nullptr);

}  // namespace nightshift::cli
