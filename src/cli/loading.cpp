#include "cli/loading.hpp"

#include "cli/endpoints.hpp"
#include "core/failure.hpp"
#include "core/term_safe.hpp"
#include "http/origin.hpp"
#include "manifest/intake.hpp"
#include "screen/say.hpp"

#include <fmt/format.h>

namespace nightshift::cli {
namespace {

class Loader {
public:
    Loader(Store& store, const Settings& settings, screen::LoadingView& view)
        : store_(store), settings_(settings), view_(view) {}

    void report(const Problem& problem) {
        if (!problem.warning) ++problems_;
        view_.clear();
        screen::say(stderr, problem.text() + (problem.warning ? " (warning)\n" : "\n"));
    }

    void add(const ManifestTask& task, const std::string& manifest) {
        const NewTask row{.id = task.id,
                          .endpoint = task.endpoint,
                          .model = task.model,
                          .path = task.path,
                          .body = task.body,
                          .envelope = task.envelope,
                          .priority = task.priority,
                          .stream = task.stream,
                          .manifest = manifest,
                          .line = task.line,
                          .estimate = task.estimate};
        view_.count();
        const auto added = store_.add(row, settings_.on_change);
        switch (added.what) {
            case Added::What::added:
                ++loaded_.added;
                break;
            case Added::What::replaced:
                ++loaded_.replaced;
                break;
            case Added::What::same:
                ++loaded_.known;
                if (added.this_load) say(task, manifest, added, true);
                break;
            case Added::What::same_other_envelope:
                ++loaded_.known;
                note(task, manifest, added);
                break;
            case Added::What::changed:
                changed(task, manifest, added);
                break;
        }
    }

    std::int64_t problems() const { return problems_; }
    const Loaded& loaded() const { return loaded_; }

private:
    Problem at(const ManifestTask& task, const std::string& manifest) const {
        Problem problem;
        problem.file = manifest;
        problem.line = task.line;
        return problem;
    }

    void say(const ManifestTask& task, const std::string& manifest, const Added& added,
             bool warning) {
        auto problem = at(task, manifest);
        problem.warning = warning;
        problem.what =
            fmt::format("the id \"{}\" is on {}:{} too, with {} body", term_safe(task.id),
                        added.manifest, added.line, warning ? "the same" : "another");
        problem.what_to_do = warning ? "it is one task" : "give one of them another id";
        report(problem);
    }

    void note(const ManifestTask& task, const std::string& manifest, const Added& added) {
        auto problem = at(task, manifest);
        problem.warning = true;
        problem.what = fmt::format(
            "\"{}\" is known from {}:{}; only its fields beside the body "
            "differ",
            term_safe(task.id), added.manifest, added.line);
        problem.what_to_do = "they are left as they were";
        report(problem);
    }

    void changed(const ManifestTask& task, const std::string& manifest, const Added& added) {
        if (added.this_load) return say(task, manifest, added, false);
        if (settings_.on_change == OnChange::skip) {
            ++loaded_.known;
            return;
        }
        auto problem = at(task, manifest);
        problem.what = fmt::format(
            "the body of \"{}\" differs from the one loaded from {}:{} "
            "(now {})",
            term_safe(task.id), added.manifest, added.line, name_of(added.state));
        problem.what_to_do = settings_.on_change == OnChange::replace
                                 ? "a task that is under way or held cannot be replaced"
                                 : "--on-change skip keeps the old one, replace takes the new one";
        report(problem);
    }

    Store& store_;
    const Settings& settings_;
    screen::LoadingView& view_;
    Loaded loaded_;
    std::int64_t problems_ = 0;
};

}  // namespace

Loaded load_manifests(Store& store, const std::vector<std::string>& manifests,
                      const Settings& settings, bool loopback_media, screen::LoadingView& view) {
    Loader loader(store, settings, view);
    LineOptions options;
    options.default_model = settings.default_model;
    options.stream = settings.stream;
    options.i2v_image_type = settings.i2v_image_type;
    options.problem_of_media_url = [loopback_media](std::string_view url) {
        return http::problem_of_media_url(url, loopback_media);
    };
    IntakeHooks hooks;
    hooks.add = [&](ManifestTask&& task, const std::string& manifest) {
        loader.add(task, manifest);
    };
    hooks.problem = [&](Problem&& problem) { loader.report(problem); };
    Intake intake(endpoint_table(), std::move(options), std::move(hooks));
    store.transact([&] {
        store.begin_load();
        for (const auto& manifest : manifests) intake.read(manifest);
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
