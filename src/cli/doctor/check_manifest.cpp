// Would a run take these manifests?
#include "cli/doctor/checks.hpp"

#include "base/text/glob.hpp"
#include "base/timestamp.hpp"

#include <fmt/format.h>

#include <algorithm>

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

// Are there paid results whose links die soon?

std::optional<Finding> check_links(const QueueFacts& facts) {
    if (!facts.problem.empty()) return std::nullopt;
    if (facts.dying_links.empty()) return Finding::ok("links", "none is about to expire");
    const auto& [id, first_ms] = facts.dying_links.front();
    const auto dead = std::count_if(facts.dying_links.begin(), facts.dying_links.end(),
                                    [&](const auto& link) { return link.second <= facts.now_ms; });
    auto found = fmt::format("{} result{} not fetched, the first link (of {}) {} at {}",
                             facts.dying_links.size(), facts.dying_links.size() == 1 ? "" : "s", id,
                             dead > 0 ? "expired" : "expires", rfc3339(first_ms));
    return Finding::warn("links", found,
                         dead > 0 ? fmt::format("`nightshift run -o {}` asks for fresh ones, while "
                                                "the gateway still has them",
                                                facts.dir)
                                  : fmt::format("`nightshift run -o {}` fetches them", facts.dir));
}

// Do the configured limits meet the lanes that they are meant for?

namespace {

bool covers(const LimitRule& rule, const LaneUse& lane) {
    return (rule.endpoint.empty() || rule.endpoint == lane.endpoint) &&
           (rule.match.empty() || glob_matches(rule.match, lane.model));
}

std::string name_of_rule(const LimitRule& rule) {
    if (rule.match.empty()) return rule.endpoint.empty() ? "of all lanes" : "of " + rule.endpoint;
    return fmt::format("of \"{}\"", rule.match);
}

}  // namespace

std::vector<Finding> check_limits(const ConfigFacts& facts, const std::vector<LaneUse>& lanes) {
    if (!facts.problem.empty()) return {};
    if (facts.limits.empty()) {
        return {Finding::ok("limits", "none configured: a run finds them by itself")};
    }
    std::vector<Finding> findings;
    for (const auto& rule : facts.limits) {
        if (lanes.empty()) break;
        const bool used = std::any_of(lanes.begin(), lanes.end(),
                                      [&](const LaneUse& lane) { return covers(rule, lane); });
        if (used) continue;
        findings.push_back(Finding::warn(
            "limits", fmt::format("the limit {} meets no task", name_of_rule(rule)),
            fmt::format("fix its match or endpoint in {}, or leave it out", facts.file)));
    }
    if (!findings.empty()) return findings;
    const auto count = facts.limits.size();
    return {Finding::ok("limits", fmt::format("{} configured", count))};
}

// Is nightshift.toml, if there is one, as a run wants it?

Finding check_config(const ConfigFacts& facts) {
    if (!facts.problem.empty()) {
        const auto advice = advice_in(facts.problem, "fix it: schemas/config.json describes it");
        return Finding::fail(exit_usage, "configuration", advice.what, advice.what_to_do);
    }
    return Finding::ok("configuration", facts.file.empty()
                                            ? "no nightshift.toml: flags and defaults"
                                            : facts.file + " is well-formed");
}

}  // namespace nightshift::cli
