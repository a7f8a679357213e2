// run --dry-run: where a run would send, what it would load and what that may cost.

#pragma once

#include "cli/input/arguments.hpp"
#include "cli/input/config_file.hpp"
#include "cli/input/settings.hpp"
#include "files/artifact_file.hpp"

#include <string>

namespace nightshift::cli {

struct DryRun {
    const Arguments& arguments;
    const RunFolders& folders;
    const Config& config;
    const Settings& settings;
    std::string gateway;  // an origin, "sandbox", or empty: none is named
    bool loopback_media = false;
};

// Loads, sends and changes nothing. Prints its findings, with --json as one object, and returns
// the exit code: 2 when a run would refuse the manifest, 6 when the estimate exceeds the budget.
// Throws UsageError when the directory belongs to another gateway.
int dry_run(const DryRun& run);

}  // namespace nightshift::cli
