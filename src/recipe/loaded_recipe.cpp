#include "recipe/loaded_recipe.hpp"

#include <algorithm>
#include <utility>

namespace nightshift::recipe {

LoadedRecipe::LoadedRecipe(std::string_view text, std::string name,
                           const std::filesystem::path& folder, RecipeOptions options,
                           OnProblem on_problem)
    : folder_(folder, options.allowed),
      options_(std::move(options)),
      on_problem_(std::move(on_problem)) {
    std::vector<Problem> problems;
    const auto tell = [&] {
        const bool bad = std::any_of(problems.begin(), problems.end(),
                                     [](const Problem& problem) { return !problem.warning; });
        for (auto& problem : problems) on_problem_(std::move(problem));
        problems.clear();
        return !bad;
    };
    recipe_ = read_recipe(text, name, folder_, {options_.set, options_.line_fields}, problems);
    if (!tell()) return;
    table_ = std::make_unique<Table>(recipe_, folder_, options_.data_file);
    bool readable = !recipe_.data.given;
    if (recipe_.data.given) {
        readable = table_->prepare([this](Problem&& problem) { on_problem_(std::move(problem)); });
    }
    if (!readable) return;
    static const std::optional<std::vector<std::string>> none = std::vector<std::string>();
    plan_ = make_plan(recipe_, recipe_.data.given ? table_->columns() : none, problems);
    good_ = tell();
}

LoadedRecipe::~LoadedRecipe() = default;

std::string LoadedRecipe::data_name() const {
    return table_ == nullptr ? "" : table_->name();
}

Expansion LoadedRecipe::expand(const Expander::OnLine& on_line) {
    Expander expander(recipe_, plan_, *table_, folder_, options_.rows, on_line,
                      [this](Problem&& problem) { on_problem_(std::move(problem)); });
    return expander.run();
}

}  // namespace nightshift::recipe
