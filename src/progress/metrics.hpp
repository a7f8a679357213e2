// A run as Prometheus has it: text exposition format 0.0.4 (prometheus.io/docs/instrumenting/
// exposition_formats). Base units, no task ids in labels. Pure: takes the time, prints nothing.

#pragma once

#include "engine/run/progress.hpp"

#include <array>
#include <functional>
#include <map>
#include <string>

namespace nightshift::screen {

class Metrics {
public:
    void on_task(const TaskEvent& event);  // counts attempts
    void on_accepted(const std::string& endpoint, int http_status);
    // Time that lanes wait is counted from one look to the next.
    void look(const RunStatus& status, double elapsed_s);
    // As of the latest look; whole, with the last line feed.
    std::string text() const;

private:
    // Seconds; text takes seconds, videos minutes.
    static constexpr std::array<double, 14> bounds_s = {0.1, 0.25, 0.5, 1,   2.5, 5,    10,
                                                        25,  60,   120, 300, 600, 1800, 7200};
    struct Histogram {
        std::array<std::int64_t, bounds_s.size()> below = {};
        std::int64_t count = 0;
        double sum_s = 0;
    };
    struct Endpoint {
        std::map<std::string, std::int64_t, std::less<>> attempts;  // by outcome
        std::map<int, std::int64_t> responses;                      // by HTTP status
        Histogram durations;
        bool makes_videos = false;
    };
    void add(std::string& text, const std::string& name, bool of_videos) const;

    std::map<std::string, Endpoint> endpoints_;
    std::map<std::string, double> waited_s_;
    RunStatus status_;
    double elapsed_s_ = 0;
};

}  // namespace nightshift::screen
