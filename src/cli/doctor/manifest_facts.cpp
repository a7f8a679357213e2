#include "cli/doctor/manifest_facts.hpp"

#include "cli/load/recipe_reader.hpp"
#include "http/origin.hpp"
#include "jobs/endpoints.hpp"
#include "manifest/intake.hpp"

#include <fmt/format.h>

#include <set>

namespace nightshift::cli {

ManifestLook look_at_manifests(const std::vector<std::string>& files, const Config& config,
                               bool loopback) {
    ManifestLook look;
    look.facts.files = files;
    LineOptions options;
    options.default_model = config.run.model.value_or("");
    options.stream = config.run.stream.value_or(false);
    options.i2v_image_type = config.run.i2v_media_type.value_or("");
    options.problem_of_media_url = [loopback](std::string_view url) {
        return http::problem_of_media_url(url, loopback);
    };
    std::set<std::pair<std::string, std::string>> seen;
    IntakeHooks hooks;
    hooks.add = [&](ManifestTask&& task, const std::string& manifest) {
        ++look.facts.tasks;
        if (!seen.insert({task.endpoint, task.model}).second) return;
        look.lanes.push_back({.endpoint = task.endpoint,
                              .model = task.model,
                              .where = fmt::format("{}:{}", manifest, task.line),
                              .known_near = endpoint_table().known_model_near(task.model)});
    };
    hooks.problem = [&](Problem&& problem) {
        if (!problem.warning && look.facts.problems == 0) look.facts.first_problem = problem.text();
        ++(problem.warning ? look.facts.warnings : look.facts.problems);
    };
    const RecipeCheck recipes;
    take_recipes(hooks, {}, &recipes);
    options.judge_only = true;
    Intake intake(endpoint_table(), std::move(options), std::move(hooks));
    try {
        for (const auto& file : files) intake.read(file);
    } catch (const UsageError& error) {
        look.facts.unreadable = error.what();
    }
    return look;
}

}  // namespace nightshift::cli
