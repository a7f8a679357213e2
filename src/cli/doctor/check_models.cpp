// Does the gateway offer the models that are wanted?

#include "base/text/did_you_mean.hpp"
#include "cli/doctor/checks.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace nightshift::cli {
namespace {

constexpr std::size_t listed_max = 20;

Finding missing(const LaneUse& lane, const std::vector<std::string>& offered) {
    const auto found =
        fmt::format("\"{}\" in {} is not offered to this key", lane.model, lane.where);
    if (const auto* near = nearest_of(lane.model, offered)) {
        return Finding::fail(exit_usage, "model", found,
                             fmt::format("did you mean \"{}\"?", *near));
    }
    return Finding::fail(exit_usage, "model", found,
                         "take one that `nightshift models` lists, or ask the operator for it");
}

Finding doubtful(const LaneUse& lane) {
    return Finding::warn("model",
                         fmt::format("\"{}\" in {} is unknown here", lane.model, lane.where),
                         fmt::format("did you mean \"{}\"?", lane.known_near));
}

std::string well(std::size_t used, const std::vector<std::string>* offered) {
    if (offered == nullptr) return fmt::format("{} in use, none looks misspelt", used);
    if (used == 0) return fmt::format("{} offered", offered->size());
    return fmt::format("{} in use, all among the {} offered", used, offered->size());
}

}  // namespace

std::vector<Finding> check_models(const std::vector<LaneUse>& lanes, const GatewayFacts* gateway) {
    const auto* offered = gateway != nullptr && gateway->models ? &*gateway->models : nullptr;
    if (offered == nullptr && lanes.empty()) return {};
    std::vector<Finding> findings;
    for (const auto& lane : lanes) {
        const bool known =
            offered != nullptr && std::binary_search(offered->begin(), offered->end(), lane.model);
        if (offered != nullptr && !known) findings.push_back(missing(lane, *offered));
        if (offered == nullptr && !lane.known_near.empty()) findings.push_back(doubtful(lane));
    }
    if (findings.empty()) return {Finding::ok("models", well(lanes.size(), offered))};
    if (findings.size() > listed_max) {
        auto rest = findings.back();
        rest.found = fmt::format("{} more like these", findings.size() - listed_max);
        rest.what_to_do = "`nightshift check --online` lists them all";
        findings.resize(listed_max);
        findings.push_back(rest);
    }
    return findings;
}

}  // namespace nightshift::cli
