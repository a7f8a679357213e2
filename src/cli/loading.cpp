#include "cli/loading.hpp"

#include "cli/endpoints.hpp"
#include "cli/meeting.hpp"
#include "cli/read_ahead.hpp"
#include "core/failure.hpp"
#include "core/term_safe.hpp"
#include "manifest/intake.hpp"
#include "screen/say.hpp"

#include <fmt/format.h>

#include <filesystem>

namespace nightshift::cli {

std::string names_of(const std::vector<std::string>& manifests) {
    auto text = term_safe(std::filesystem::path(manifests.front()).filename().string());
    if (manifests.size() > 1) text += fmt::format(" and {} more", manifests.size() - 1);
    return text;
}

Loaded load_manifests(Store& store, const std::vector<std::string>& manifests,
                      const Settings& settings, bool loopback_media, screen::LoadingView& view) {
    Meeting loader(settings.on_change, [&view](const Problem& problem) {
        view.clear();
        screen::say(stderr, problem.text() + (problem.warning ? " (warning)\n" : "\n"));
    });
    IntakeHooks hooks;
    hooks.add_knows_ids = true;
    hooks.add = [&](ManifestTask&& task, const std::string& manifest) {
        view.count();
        loader.meet(store.add(new_task_of(task, manifest), settings.on_change), task, manifest);
    };
    hooks.problem = [&](Problem&& problem) { loader.report(problem); };
    const auto options = line_options(settings, loopback_media);
    store.transact([&] {
        store.begin_load();
        read_ahead(endpoint_table(), options, manifests, hooks);
        if (loader.problems() > 0 && !settings.skip_invalid) {
            throw UsageError(
                fmt::format("{} problem{} in the manifest: nothing was sent; "
                            "--skip-invalid leaves bad lines out",
                            loader.problems(), loader.problems() == 1 ? "" : "s"));
        }
    });
    auto loaded = loader.loaded();
    loaded.bad_lines = loader.problems();
    return loaded;
}

}  // namespace nightshift::cli
