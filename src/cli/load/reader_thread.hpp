// Reads manifests on a thread of its own, while the caller's puts into the queue what was read.

#pragma once

#include "manifest/intake.hpp"

#include <string>
#include <vector>

namespace nightshift::cli {

// Calls the hooks from this thread, in the order of the lines, and returns when all is read.
// Throws what reading or a hook throws.
void read_ahead(const EndpointTable& table, const LineOptions& options,
                const std::vector<std::string>& manifests, const IntakeHooks& hooks);

}  // namespace nightshift::cli
