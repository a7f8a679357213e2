#include "engine/lane_hold.hpp"

#include <utility>

namespace nightshift {

LaneHold::LaneHold(Parts parts) : parts_(std::move(parts)) {
    if (parts_.unsettled) ++*parts_.unsettled;
    if (parts_.lane_unsettled) ++*parts_.lane_unsettled;
}

LaneHold::~LaneHold() {
    post_ended();
    settled();
    if (parts_.remote && parts_.allowance) parts_.allowance->remote_ended();
}

void LaneHold::post_ended() {
    if (std::exchange(parts_.post, false) && parts_.allowance) parts_.allowance->post_ended();
    parts_.slot.release();
}

void LaneHold::settled() {
    if (const auto unsettled = std::exchange(parts_.unsettled, nullptr)) --*unsettled;
    if (const auto unsettled = std::exchange(parts_.lane_unsettled, nullptr)) --*unsettled;
}

}  // namespace nightshift
