// Would a run take these manifests?

#include "cli/doctor/checks.hpp"

#include <fmt/format.h>

namespace nightshift::cli {

std::optional<Finding> check_manifest(const ManifestFacts& facts) {
    if (facts.files.empty()) return std::nullopt;
    if (!facts.unreadable.empty()) {
        return Finding::fail(exit_usage, "manifest", facts.unreadable, "give the right file");
    }
    if (facts.problems > 0) {
        return Finding::fail(exit_usage, "manifest",
                             fmt::format("{} problem{}, the first: {}", facts.problems,
                                         facts.problems == 1 ? "" : "s", facts.first_problem),
                             "`nightshift check` lists them all");
    }
    if (facts.warnings > 0) {
        return Finding::warn(
            "manifest",
            fmt::format("{} task{}, {} warning{}", facts.tasks, facts.tasks == 1 ? "" : "s",
                        facts.warnings, facts.warnings == 1 ? "" : "s"),
            "`nightshift check` lists them");
    }
    return Finding::ok("manifest",
                       fmt::format("{} task{}", facts.tasks, facts.tasks == 1 ? "" : "s"));
}

}  // namespace nightshift::cli
