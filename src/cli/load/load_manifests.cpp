#include "cli/load/load_manifests.hpp"

#include "base/clock.hpp"
#include "base/failure.hpp"
#include "base/text/counted.hpp"
#include "base/text/terminal_text.hpp"
#include "cli/load/load_report.hpp"
#include "cli/load/problem_list.hpp"
#include "cli/load/reader_thread.hpp"
#include "cli/load/recipe_reader.hpp"
#include "jobs/endpoints.hpp"
#include "manifest/intake.hpp"
#include "screen/terminal.hpp"

#include <fmt/format.h>

#include <filesystem>

namespace nightshift::cli {
namespace {

constexpr std::size_t problems_kept = 1000;

}  // namespace

std::string names_of(const std::vector<std::string>& manifests) {
    auto text = term_safe(std::filesystem::path(manifests.front()).filename().string());
    if (manifests.size() > 1) text += fmt::format(" and {} more", manifests.size() - 1);
    return text;
}

Loaded load_manifests(Store& store, const RunArguments& run, const Settings& settings,
                      bool loopback_media, screen::LoadingView& view) {
    ProblemList list([&view](const std::string& line) {
        view.clear();
        screen::say(stderr, line);
    });
    std::vector<Problem> problems;
    Meeting loader(settings.on_change, [&](const Problem& problem) {
        list.add(problem);
        if (!problem.warning && problems.size() < problems_kept) problems.push_back(problem);
    });
    IntakeHooks hooks;
    hooks.add_knows_ids = true;
    hooks.add = [&](ManifestTask&& task, const std::string& manifest) {
        view.count();
        loader.meet(store.add(new_task_of(task, manifest), settings.on_change), task, manifest);
    };
    hooks.problem = [&](Problem&& problem) { loader.report(problem); };
    take_recipes(hooks, run.recipe);
    const auto options = line_options(settings, loopback_media);
    store.transact([&] {
        store.begin_load(unix_ms());
        read_ahead(endpoint_table(), options, run.manifests, hooks);
        list.finish();
        if (loader.problems() > 0 && !settings.skip_invalid) {
            throw BadManifest(
                fmt::format("{} in the manifest: nothing was sent; --skip-invalid leaves bad lines "
                            "out",
                            counted(loader.problems(), "problem")),
                std::move(problems));
        }
    });
    auto loaded = loader.loaded();
    loaded.bad_lines = loader.problems();
    return loaded;
}

}  // namespace nightshift::cli
