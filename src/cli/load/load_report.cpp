#include "cli/load/load_report.hpp"

#include "base/text/terminal_text.hpp"
#include "http/origin.hpp"

#include <fmt/format.h>

namespace nightshift::cli {
namespace {

Problem problem_at(const ManifestTask& task, const std::string& manifest) {
    Problem problem;
    problem.file = manifest;
    problem.line = task.line;
    problem.column = task.column;
    return problem;
}

}  // namespace

NewTask new_task_of(const ManifestTask& task, const std::string& manifest) {
    return {.id = task.id,
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
}

void Meeting::report(const Problem& problem) {
    if (!problem.warning) ++problems_;
    report_(problem);
}

void Meeting::meet(const Added& added, const ManifestTask& task, const std::string& manifest) {
    switch (added.what) {
        case Added::What::added:
            ++loaded_.added;
            break;
        case Added::What::replaced:
            ++loaded_.replaced;
            break;
        case Added::What::same:
            if (added.this_load) {
                say(task, manifest, added, true);
            } else {
                ++loaded_.known;
            }
            break;
        case Added::What::same_other_envelope:
            if (!added.this_load) ++loaded_.known;
            note(task, manifest, added);
            break;
        case Added::What::changed:
            changed(task, manifest, added);
            break;
    }
}

void Meeting::say(const ManifestTask& task, const std::string& manifest, const Added& added,
                  bool warning) {
    auto problem = problem_at(task, manifest);
    problem.warning = warning;
    problem.what = fmt::format("the id \"{}\" is on {}:{} too, with {} body", term_safe(task.id),
                               added.manifest, added.line, warning ? "the same" : "another");
    problem.what_to_do = warning ? "it is one task" : "give one of them another id";
    report(problem);
}

void Meeting::note(const ManifestTask& task, const std::string& manifest, const Added& added) {
    auto problem = problem_at(task, manifest);
    problem.warning = true;
    problem.what = fmt::format(
        "\"{}\" is known from {}:{}; only its fields beside the body "
        "differ",
        term_safe(task.id), added.manifest, added.line);
    problem.what_to_do = "they are left as they were";
    report(problem);
}

void Meeting::changed(const ManifestTask& task, const std::string& manifest, const Added& added) {
    if (added.this_load) return say(task, manifest, added, false);
    if (on_change_ == OnChange::skip) {
        ++loaded_.known;
        return;
    }
    auto problem = problem_at(task, manifest);
    problem.what = fmt::format(
        "the body of \"{}\" differs from the one loaded from {}:{} "
        "(now {})",
        term_safe(task.id), added.manifest, added.line, name_of(added.state));
    problem.what_to_do = on_change_ == OnChange::replace
                             ? "a task that is under way or held cannot be replaced"
                             : "--on-change skip keeps the old one, replace takes the new one";
    report(problem);
}

LineOptions line_options(const Settings& settings, bool loopback_media) {
    LineOptions options;
    options.default_model = settings.default_model;
    options.stream = settings.stream;
    options.i2v_image_type = settings.i2v_image_type;
    options.takes_waiting = false;
    options.problem_of_media_url = [loopback_media](std::string_view url) {
        return http::problem_of_media_url(url, loopback_media);
    };
    return options;
}

}  // namespace nightshift::cli
