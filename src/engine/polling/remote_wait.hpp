// One accepted video while it is waited for: its age, what its polls said, and what its lane
// learns from that.

#pragma once

#include "engine/polling/lane_polls.hpp"

#include <optional>

namespace nightshift {

class RemoteWait {
public:
    // `lane` must outlive it. A video of an earlier run is `taken_up`: how long before its first
    // poll it was done is not known.
    RemoteWait(LanePolls& lane, LanePolls::Video video, bool taken_up);
    ~RemoteWait();
    RemoteWait(const RemoteWait&) = delete;
    RemoteWait& operator=(const RemoteWait&) = delete;

    // A poll was answered at `now`; what it said follows.
    void polled(Instant now) { polled_s_ = age_s(now); }
    void is_under_way();
    void is_done();
    // It was; what is asked for again is a fresh link.
    bool was_done() const { return done_; }

    // Seconds until the next poll, without jitter. `may_start`: the run starts tasks.
    double next_interval(Instant now, bool may_start) const;
    // The first poll of a video that was taken up is due at once; this is the part of a poll
    // interval over which those of the whole lane are spread, and 0 for all other polls.
    double spread() const;

private:
    double age_s(Instant now) const { return to_seconds(now - video_.first); }

    LanePolls& lane_;
    LanePolls::Video video_;
    std::optional<double> seen_s_;    // its age when it was last seen under way
    std::optional<double> polled_s_;  // ... at the poll whose meaning is not known yet
    bool taken_up_;
    bool done_ = false;
};

}  // namespace nightshift
