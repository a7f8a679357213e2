// What check says of a recipe besides its problems: rows, tasks, what waits for what, bounds.

#pragma once

#include "model/price.hpp"
#include "recipe/loaded_recipe.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace nightshift::cli {

struct TaskSummary {
    std::string name;
    std::string models;  // "gpt-5.4", "6 models"
    std::int64_t at_most = 0, at_least = 0;
    std::string why;                 // of the bound: "scene (<=6) x 2, if look.json.good"
    std::vector<std::string> after;  // tasks
    Estimate estimate;               // sums, of all at most
    std::int64_t unbounded = 0;      // of them: no limit of output tokens
    std::optional<double> cost;      // of all at most; nothing without a price
};

struct RecipeSummary {
    std::string file, data;
    std::int64_t rows = 0;
    int depth = 0;
    std::vector<TaskSummary> tasks;

    std::int64_t at_most() const;
    std::int64_t at_least() const;
    // Lowest and highest; nothing when a model has no price.
    std::optional<std::pair<double, double>> cost() const;
};

// Collects lines while a recipe is expanded.
class RecipeCounter {
public:
    using PriceOf = std::function<const Price*(const std::string& model)>;
    explicit RecipeCounter(PriceOf price_of) : price_of_(std::move(price_of)) {}

    void count(std::string_view line, const recipe::LineOrigin& origin);
    RecipeSummary summary(const recipe::LoadedRecipe& loaded, const recipe::Expansion& expanded);

private:
    struct Counted {
        std::vector<std::string> models;
        Estimate estimate;
        std::int64_t unbounded = 0;
        std::optional<double> cost = 0;
    };
    PriceOf price_of_;
    std::vector<Counted> counted_;
};

std::string text_of(const RecipeSummary& summary, const std::string& currency);
// One JSON object: {type: recipe, ...}.
std::string json_of(const RecipeSummary& summary);

}  // namespace nightshift::cli
