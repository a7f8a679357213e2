// What a row holds of its lane and of the run while it is worked on; given back as it goes.

#pragma once

#include "engine/lanes.hpp"
#include "engine/slots.hpp"

#include <memory>
#include <utility>

namespace nightshift {

class LaneHold {
public:
    struct Parts {
        std::shared_ptr<Allowance> allowance = {};
        Slots::Held slot = {};
        std::shared_ptr<int> unsettled = {};       // counted while a POST's outcome is not durable
        std::shared_ptr<int> lane_unsettled = {};  // the same, of its lane
        bool post = false;                         // counts as a POST of the allowance
        bool remote = false;                       // counts as a remote task of the allowance
    };
    explicit LaneHold(Parts parts);
    LaneHold(LaneHold&& other) noexcept : parts_(std::exchange(other.parts_, {})) {}
    LaneHold& operator=(LaneHold&&) = delete;
    ~LaneHold();
    void post_ended();
    void settled();

private:
    Parts parts_;
};

}  // namespace nightshift
