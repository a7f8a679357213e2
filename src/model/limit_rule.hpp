// What one lane may do: a [[limit]] of the configuration (contract section 7). Every limit is per
// key, so all lanes that a rule covers share it.

#pragma once

#include <optional>
#include <string>

namespace nightshift {

struct LimitRule {
    std::string match;     // model glob, or empty
    std::string endpoint;  // endpoint word, or empty
    std::optional<double> requests_per_minute, tokens_per_minute;
    std::optional<int> concurrency, remote_tasks;  // requests in flight; accepted videos
    std::optional<int> burst;  // requests at once before the pace; default: none
};

}  // namespace nightshift
