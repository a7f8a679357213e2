#include "engine/pacing/lane_hold.hpp"

#include "base/bounds.hpp"

#include <utility>

namespace nightshift {

LaneHold::LaneHold(Parts parts) : parts_(std::move(parts)) {
    if (parts_.unsettled) ++*parts_.unsettled;
    if (parts_.lane_unsettled) ++*parts_.lane_unsettled;
}

LaneHold::~LaneHold() {
    post_ended();
    unanswered();
    settled();
    if (parts_.remote && parts_.allowance) parts_.allowance->remote_ended();
}

void LaneHold::answered(Instant now) {
    const auto send = std::exchange(parts_.send, 0);
    if (send == 0) return;
    parts_.allowance->governor().answered(send, now);
    if (parts_.remote) parts_.allowance->accepted_remote();
}

double LaneHold::refused(Instant now, const Refusal& refusal) {
    const auto send = std::exchange(parts_.send, 0);
    if (send == 0) return refusal.retry_after_s.value_or(limits::refused_pause_s);
    return parts_.remote ? parts_.allowance->refused_remote(send, now, refusal)
                         : parts_.allowance->refused(send, now, refusal);
}

void LaneHold::unanswered() {
    const auto send = std::exchange(parts_.send, 0);
    if (send != 0) parts_.allowance->governor().unanswered(send);
}

void LaneHold::told(const http::RateHeaders& headers, Instant now) {
    if (parts_.send != 0) parts_.allowance->governor().told(headers, now);
}

void LaneHold::used_tokens(double tokens) {
    const double told = std::exchange(parts_.tokens, 0);
    if (parts_.allowance && told > 0) parts_.allowance->correct_tokens(tokens - told);
}

void LaneHold::settled() {
    if (const auto unsettled = std::exchange(parts_.unsettled, nullptr)) --*unsettled;
    if (const auto unsettled = std::exchange(parts_.lane_unsettled, nullptr)) --*unsettled;
}

}  // namespace nightshift
