// What the videos of one lane share while they are waited for: the plan of their polls, the
// breaker that pauses them all when polls fail, and who is oldest.

#pragma once

#include "base/bounds.hpp"
#include "base/clock.hpp"
#include "engine/polling/poll_plan.hpp"
#include "engine/retry/breaker.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace nightshift {

struct LanePolls {
    LanePolls(double poll_interval_s, Random& random)
        : plan(poll_interval_s),
          breaker({.failures_in_row = limits::poll_failures,
                   .first_pause_s = poll_interval_s,
                   .longest_pause_s = limits::poll_pause_intervals * poll_interval_s},
                  random) {}

    // A video that the gateway has: when it was accepted, and its row.
    using Video = std::pair<Instant, std::int64_t>;

    PollPlan plan;
    Breaker breaker;
    Instant quiet_until = Instant::min();  // the gateway asked for no polls before that
    std::set<Video> under_way;
    // True when a task could start if a video made room for it.
    std::function<bool()> wanted = [] { return false; };
    std::string saved;  // what the queue knows of the plan

    bool is_scout(const Video& video) const {
        int older = 0;
        for (const auto& each : under_way) {
            if (each == video) return true;
            if (++older == limits::poll_scouts) break;
        }
        return false;
    }
};

// One accepted video while it is waited for: its age, what its polls said, and what its lane
// learns from that.

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
