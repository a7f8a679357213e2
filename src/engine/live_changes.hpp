// What a running engine can be told: values of the control commands, checked elsewhere.

#pragma once

#include "model/limit_rule.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace nightshift {

// Which lanes; empty members: any.
struct LaneChoice {
    std::string endpoint, model;  // model: a glob
};

// What `pause` and `resume` found.
struct Halted {
    std::int64_t lanes = 0;      // that the choice names
    std::int64_t changed = 0;    // of these: paused now and not before, or the other way round
    std::int64_t in_flight = 0;  // POSTs of these that have left, and go on
};

// One field of one [[limit]], which is named by its match or, where that is empty, by its endpoint.
struct LimitChange {
    std::string name;  // as the user wrote it
    std::string match, endpoint;
    std::string field;
    std::optional<double> value;  // absent: no limit
};

struct Changes {
    std::optional<int> concurrency;
    // Given and empty: none.
    std::optional<std::optional<double>> budget, max_duration_s;
    std::vector<LimitChange> limits;
};

struct Changed {
    std::string name, before, after;
};

}  // namespace nightshift
