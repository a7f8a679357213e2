// A task that a waiting line needs, as far as it has come.

#pragma once

#include "model/state.hpp"

#include <cstdint>
#include <string>
#include <unordered_map>

namespace nightshift::stages {

struct Upstream {
    State state = State::pending;
    std::string error_kind;  // of failed and held; may be empty
    std::int64_t seq = 0;    // of its ledger line; for the caller alone
    // Its last ledger line (docs/json.md); "" when it has none. An output may besides have `url`,
    // the gateway's own public link.
    std::string ledger_line;
};

// By id. A task that is not in it counts as pending.
using Upstreams = std::unordered_map<std::string, Upstream>;

}  // namespace nightshift::stages
