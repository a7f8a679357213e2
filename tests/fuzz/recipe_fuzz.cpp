// The text of a recipe: read, planned and expanded without a crash; every line is JSON.

#include "recipe/loaded_recipe.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

using namespace nightshift;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    recipe::looks_like_recipe(text);
    recipe::RecipeOptions options;
    options.rows.rows = 3;
    recipe::LoadedRecipe loaded(text, "r.toml", "/nowhere", options, [](Problem&&) {});
    if (!loaded.is_good()) return 0;
    std::int64_t size_max = 1;  // a fuzzer asks for a million samples
    for (const auto& dim : loaded.plan().dims) size_max *= dim.size == 0 ? 1 : dim.size;
    if (size_max > 1000 || size_max < 0) return 0;
    loaded.expand([](std::string_view line, const recipe::LineOrigin&) {
        if (!recipe::parse_json(line)) abort();
    });
    return 0;
}
