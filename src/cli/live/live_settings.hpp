// What `nightshift set` takes: NAME=VALUE, checked as nightshift.toml is.

#pragma once

#include "engine/live_changes.hpp"

#include <string>
#include <vector>

namespace nightshift::cli {

// concurrency=N, budget=AMOUNT, max_duration=SECONDS, limit.MATCH.FIELD=N; "none" takes all but
// the first away. MATCH is a model or the glob of a [[limit]], or an endpoint. Throws UsageError.
Changes parse_changes(const std::vector<std::string>& settings);

}  // namespace nightshift::cli
