// How long commits took. Added to by the queue's writer, read by the loop.

#pragma once

#include "base/clock.hpp"

#include <atomic>
#include <cstdint>

namespace nightshift {

class CommitTimes {
public:
    struct Sum {
        std::int64_t count = 0;
        double seconds = 0;
    };

    void add(Duration taken) {
        nanoseconds_ += std::chrono::duration_cast<std::chrono::nanoseconds>(taken).count();
        ++count_;
    }
    // The two may be one commit apart.
    Sum sum() const { return {count_, static_cast<double>(nanoseconds_) / 1e9}; }

private:
    std::atomic<std::int64_t> count_ = 0, nanoseconds_ = 0;
};

}  // namespace nightshift
