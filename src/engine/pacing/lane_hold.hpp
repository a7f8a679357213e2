// What a row holds of its lane and of the run while it is worked on; given back as it goes.

#pragma once

#include "engine/pacing/lanes.hpp"
#include "engine/pacing/slots.hpp"

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
        std::uint64_t send = 0;                    // the POST's number at the governor; 0: none
        double tokens = 0;                         // ... and what it was told
        bool remote = false;                       // counts as a remote task of the allowance
        bool probe = false;                        // asks whether the lane works again
    };
    explicit LaneHold(Parts parts);
    LaneHold(LaneHold&& other) noexcept : parts_(std::exchange(other.parts_, {})) {}
    LaneHold& operator=(LaneHold&&) = delete;
    ~LaneHold();

    // The POST is over, or will not be made: its slot is free.
    void post_ended() { parts_.slot.release(); }
    // What came of the POST, once; without it, it counts as unanswered.
    void answered(Instant now);
    double refused(Instant now, const Refusal& refusal);  // seconds that the task should wait
    void unanswered();
    void told(const http::RateHeaders& headers, Instant now);  // by its headers, before that
    void used_tokens(double tokens);                           // what it really was
    void settled();
    bool is_probe() const { return parts_.probe; }

private:
    Parts parts_;
};

}  // namespace nightshift
