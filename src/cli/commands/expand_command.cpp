// nightshift expand: the manifest that a recipe stands for, line by line. Sends nothing.

#include "base/bounds.hpp"
#include "base/failure.hpp"
#include "base/input_file.hpp"
#include "base/text/counted.hpp"
#include "base/text/terminal_text.hpp"
#include "cli/input/arguments.hpp"
#include "cli/input/exit_code.hpp"
#include "cli/load/problem_list.hpp"
#include "cli/load/recipe_reader.hpp"
#include "manifest/reader.hpp"
#include "screen/terminal.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

namespace nightshift::cli {
namespace {

std::string text_of_recipe(const std::string& path) {
    ManifestReader reader(
        path, [](Problem&&) {}, recipe::looks_like_recipe);
    if (!reader.is_other()) {
        throw UsageError(fmt::format("{} is not a recipe; a recipe is TOML with [task.NAME]",
                                     is_handed_over(path) ? "standard input" : path));
    }
    return reader.whole(limits::recipe_bytes);
}

}  // namespace

int expand_command(const Arguments& arguments) {
    const auto& expand = arguments.expand;
    const auto options = recipe_options(expand.rows);
    if (is_handed_over(expand.recipe) && is_handed_over(options.data_file)) {
        throw UsageError("the recipe and its data cannot both come from standard input");
    }
    std::int64_t problems = 0;
    ProblemList list([&](const std::string& line) {
        if (!arguments.common.quiet) screen::say(stderr, line);
    });
    recipe::LoadedRecipe loaded(text_of_recipe(expand.recipe), expand.recipe,
                                folder_of_recipe(expand.recipe), options, [&](Problem&& problem) {
                                    problems += !problem.warning;
                                    list.add(problem);
                                });
    if (loaded.is_good()) {
        loaded.expand([](std::string_view line, const recipe::LineOrigin&) {
            std::fwrite(line.data(), 1, line.size(), stdout);
            std::fputc('\n', stdout);
            // Whoever reads may have had enough.
            if (std::ferror(stdout) == 0) return;
            throw std::system_error(EPIPE, std::generic_category(), "stdout");
        });
    }
    list.finish();
    if (problems == 0) return exit_ok;
    throw UsageError(fmt::format("{} in the recipe or its data; bad rows gave no lines",
                                 counted(problems, "problem")));
}

}  // namespace nightshift::cli
