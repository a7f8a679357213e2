// Reads manifests as `nightshift check` does, for what a doctor wants to know of them.

#pragma once

#include "cli/doctor/checks.hpp"
#include "cli/input/config_file.hpp"

#include <string>
#include <vector>

namespace nightshift::cli {

struct ManifestLook {
    ManifestFacts facts;
    std::vector<LaneUse> lanes;  // in order of their first line
};

// `loopback`: media links to this machine are fine, for so is the gateway.
ManifestLook look_at_manifests(const std::vector<std::string>& files, const Config& config,
                               bool loopback);

}  // namespace nightshift::cli
