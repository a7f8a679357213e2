// How fast a group of tasks gets done, from what was seen of it: its rate, how long its tasks
// take, and how long the rest will take. Pure: takes the seconds since the run began.

#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace nightshift::screen {

// Of tasks that succeeded, from the first byte of the POST on; of videos with their rendering.
struct Latencies {
    double p50_s = 0, p90_s = 0, p95_s = 0;
};

struct TimeLeft {
    double low_s = 0, high_s = 0;  // equal where the tasks take about the same time
};

class Tempo {
public:
    // Something of it runs: its rate counts from here on.
    void began(double now_s);
    // A task reached its end. `latency_s` of one that succeeded; 0: not known.
    void ended(double now_s, double latency_s);

    // Over the last minute; over up to ten where fewer than twenty ended within it.
    double per_s(double now_s) const;
    // Of the latest 512; nothing before there are five.
    std::optional<Latencies> latencies() const;
    // Nothing before five have ended, or when none has for ten minutes. A range when p90 is more
    // than twice p50: the sum of what is left then depends on which tasks they are.
    std::optional<TimeLeft> left(std::int64_t remaining, double now_s) const;

private:
    struct Second {
        std::int64_t second = 0, count = 0;
    };
    std::int64_t ended_since(double since_s) const;

    std::optional<double> began_s_;
    std::deque<Second> seconds_;     // of the last ten minutes
    std::vector<double> latencies_;  // a ring
    std::size_t next_ = 0;
    std::int64_t ended_ = 0;
};

}  // namespace nightshift::screen
