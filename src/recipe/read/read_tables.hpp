// The tables of a recipe, each by a function of its own. Private to src/recipe.

#pragma once

#include "recipe/read/recipe_file.hpp"
#include "recipe/read/table_reader.hpp"

#include <string>
#include <vector>

namespace nightshift::recipe {

DataSpec read_data(const ReadContext& context, const toml::table& body);
// Values and `exclude`.
void read_matrix(const ReadContext& context, const toml::table& body, Recipe& recipe);
EachSpec read_each(const ReadContext& context, const Entry& entry, const toml::table& body);
PickSpec read_pick(const ReadContext& context, const Entry& entry, const toml::table& body);
ExportSpec read_export(const ReadContext& context, const Entry& entry, const toml::table& body);
// `line_fields`: what a line may have; empty: anything.
TaskSpec read_task(const ReadContext& context, const Entry& entry, const toml::table& body,
                   const std::vector<std::string>& line_fields);

}  // namespace nightshift::recipe
