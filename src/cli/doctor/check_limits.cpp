// Do the configured limits meet the lanes that they are meant for?

#include "base/text/glob.hpp"
#include "cli/doctor/checks.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace nightshift::cli {
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
            fmt::format("mend its match or endpoint in {}, or leave it out", facts.file)));
    }
    if (!findings.empty()) return findings;
    const auto count = facts.limits.size();
    return {Finding::ok("limits", fmt::format("{} configured", count))};
}

}  // namespace nightshift::cli
