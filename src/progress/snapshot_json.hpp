// A lane's counts as programs are told them: by --progress json and by the control socket.

#pragma once

#include "engine/run/progress.hpp"

#include <nlohmann/json.hpp>

namespace nightshift::screen {

// docs/json.md has the fields. `waiting` is null when there is nothing to wait for.
inline nlohmann::ordered_json lane_json(const LaneStatus& lane) {
    using Json = nlohmann::ordered_json;
    return {{"endpoint", lane.endpoint},
            {"model", lane.model},
            {"total", lane.total},
            {"succeeded", lane.succeeded},
            {"failed", lane.failed},
            {"held", lane.held},
            {"cancelled", lane.cancelled},
            {"running", lane.running},
            {"submitted", lane.submitted},
            {"retries", lane.retries},
            {"allowed", lane.allowed},
            {"waiting", lane.waiting.empty() ? Json() : Json(lane.waiting)}};
}

}  // namespace nightshift::screen
