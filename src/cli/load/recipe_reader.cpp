#include "cli/load/recipe_reader.hpp"

#include "base/failure.hpp"
#include "base/input_file.hpp"
#include "jobs/endpoints.hpp"
#include "manifest/stage_fields.hpp"

#include <fmt/format.h>

#include <charconv>
#include <filesystem>
#include <set>

namespace nightshift::cli {
namespace {

std::pair<std::string, std::string> split(const std::string& flag, const std::string& text) {
    const auto equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
        throw UsageError(fmt::format("{} {}: write NAME=VALUE", flag, text));
    }
    return {text.substr(0, equals), text.substr(equals + 1)};
}

void read_shard(const std::string& text, recipe::RowOptions& rows) {
    const auto* const end = text.data() + text.size();
    const auto [slash, error] = std::from_chars(text.data(), end, rows.shard);
    bool good = error == std::errc() && slash != end && *slash == '/';
    if (good) {
        const auto [rest, second] = std::from_chars(slash + 1, end, rows.shards);
        good = second == std::errc() && rest == end && rows.shards >= 1 && rows.shard >= 1 &&
               rows.shard <= rows.shards;
    }
    if (!good) {
        throw UsageError(
            fmt::format("--shard {}: write I/N, such as 1/3 for the first of three", text));
    }
}

// All fields that some line may have: what a task of a recipe may hold.
std::vector<std::string> line_fields() {
    std::set<std::string> names = {"model", "endpoint", "params",    "url",     "method",
                                   "body",  "images",   "custom_id", "request", "key"};
    for (const auto& spec : endpoint_table().all()) {
        for (const auto& field : spec->short_fields) names.insert(field.name);
    }
    names.erase("custom_id");  // a recipe makes ids
    names.erase("key");
    return {names.begin(), names.end()};
}

// What makes a line a template stands behind its request, or the line defines a group.
bool waits(const recipe::LoadedRecipe& loaded, const recipe::LineOrigin& origin) {
    return origin.is_group || !loaded.plan().tasks[origin.task].needs.empty() ||
           !loaded.recipe().tasks[origin.task].files.empty();
}

}  // namespace

recipe::RecipeOptions recipe_options(const RecipeArguments& arguments) {
    recipe::RecipeOptions options;
    options.data_file = arguments.data;
    for (const auto& text : arguments.set) options.set.insert(split("--set", text));
    for (const auto& text : arguments.where) options.rows.where.push_back(split("--where", text));
    if (!arguments.shard.empty()) read_shard(arguments.shard, options.rows);
    options.rows.rows = arguments.rows;
    options.allowed = arguments.allow_files;
    options.line_fields = line_fields();
    return options;
}

bool has_recipe_flag(const RecipeArguments& arguments) {
    return !arguments.data.empty() || !arguments.set.empty() || !arguments.where.empty() ||
           !arguments.allow_files.empty() || !arguments.shard.empty() || arguments.rows;
}

std::string folder_of_recipe(const std::string& path) {
    if (is_handed_over(path)) return ".";
    const auto folder = std::filesystem::path(path).parent_path().string();
    return folder.empty() ? "." : folder;
}

void take_recipes(IntakeHooks& hooks, const RecipeArguments& arguments, const RecipeCheck* check) {
    hooks.is_recipe = recipe::looks_like_recipe;
    hooks.recipe = [options = recipe_options(arguments), check](
                       Intake& intake, const std::string& text, const std::string& path) {
        const auto report = [&intake](Problem&& problem) { intake.report(std::move(problem)); };
        if (is_handed_over(path) && is_handed_over(options.data_file)) {
            throw UsageError("the recipe and its data cannot both come from standard input");
        }
        recipe::LoadedRecipe loaded(text, path, folder_of_recipe(path), options, report);
        if (!loaded.is_good() && check == nullptr) {
            throw UsageError(path + ": the recipe has problems; nothing was sent");
        }
        if (!loaded.is_good()) return;
        const auto expanded =
            loaded.expand([&](std::string_view line, const recipe::LineOrigin& origin) {
                if (check != nullptr && check->on_line) check->on_line(line, origin);
                if (check != nullptr && waits(loaded, origin)) return;
                const bool of_row = origin.row != nullptr;
                intake.take(line, of_row ? origin.row->file : path, of_row ? origin.row->line : 0);
            });
        if (check != nullptr && check->on_expanded) check->on_expanded(loaded, expanded);
    };
}

}  // namespace nightshift::cli
