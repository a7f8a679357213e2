#include "engine/polling/lane_polls.hpp"

#include <algorithm>
#include <utility>

namespace nightshift {

RemoteWait::RemoteWait(LanePolls& lane, LanePolls::Video video, bool taken_up)
    : lane_(lane), video_(video), taken_up_(taken_up) {
    if (!taken_up) seen_s_ = 0;
    lane_.under_way.insert(video_);
}

RemoteWait::~RemoteWait() {
    lane_.under_way.erase(video_);
}

void RemoteWait::is_under_way() {
    const auto polled_s = std::exchange(polled_s_, std::nullopt);
    if (!polled_s || done_) return;
    if (seen_s_) lane_.plan.saw(*seen_s_, *polled_s, false);
    seen_s_ = polled_s;
}

void RemoteWait::is_done() {
    const auto polled_s = std::exchange(polled_s_, std::nullopt);
    if (!polled_s || std::exchange(done_, true)) return;
    if (seen_s_) lane_.plan.saw(*seen_s_, *polled_s, true);
    lane_.under_way.erase(video_);
}

double RemoteWait::next_interval(Instant now, bool may_start) const {
    return lane_.plan.next_interval({.age_s = age_s(now),
                                     .waiting_for_place = may_start && lane_.wanted(),
                                     .scout = lane_.is_scout(video_)});
}

double RemoteWait::spread() const {
    if (!taken_up_ || seen_s_ || done_) return 0;
    const auto many = static_cast<double>(limits::polls_at_once);
    return std::min(1.0, static_cast<double>(lane_.under_way.size()) / many);
}

}  // namespace nightshift
