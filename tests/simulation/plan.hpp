// What the seed decides about a night before it begins.

#pragma once

#include "engine/run/ports.hpp"
#include "tests/simulation/sim_gateway.hpp"
#include "tests/simulation/sim_network.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nightshift::test {

struct SimTask {
    std::string id, endpoint, model, path, body;
};

// What happens to one life of the program. 0: does not happen.
struct Disturbance {
    std::uint64_t kill_at_step = 0;        // between two handlers
    std::uint64_t stop_after_changes = 0;  // in the middle of a change on disk
    bool power_cut = false;                // not only the process: what was not synced is lost
    std::uint64_t fail_after_changes = 0;  // EIO
    std::uint64_t room_bytes = 0;          // the disk has room for so much more
    std::uint64_t room_at_step = 0;        // ... and for all from here on
    std::uint64_t jump_at_step = 0;
    std::int64_t wall_jump_ms = 0;
};

struct Plan {
    std::vector<SimTask> tasks;
    GatewayMoods gateway;
    NetworkMoods network;
    EngineOptions options;
    std::vector<Disturbance> disturbances;  // of the first lives; the ones after that are calm

    // Why a task should not have ended so; empty when it may.
    std::string reason_against(const Row& row, const std::string& error_kind) const;
};

Plan plan_of(std::uint64_t seed);

}  // namespace nightshift::test
