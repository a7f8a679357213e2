// What a screen shows of a run: lanes of one endpoint added up, with how fast they go. `Watcher`
// collects it from the events; it takes the time and prints nothing.

#pragma once

#include "base/text/counted.hpp"
#include "engine/run/progress.hpp"
#include "progress/throughput.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace nightshift::screen {

struct GroupView {
    // `waiting` names the model when the group has several; `allowed` counts a share once, and no
    // more than the whole run may have in flight.
    LaneStatus sum;
    std::size_t models = 0;
    double per_s = 0;
    std::optional<Latencies> latencies;
    std::optional<TimeLeft> left;  // nothing: not known yet
    double pace_s = 0;  // what the queue takes at the pace that limits allow; 0: no bound is known

    std::int64_t done() const { return sum.succeeded + sum.failed + sum.held + sum.cancelled; }
    std::int64_t queued() const { return sum.total - done() - sum.running - sum.submitted; }
    bool is_over() const { return done() >= sum.total; }
    bool makes_videos() const;
    // Places that are taken: POSTs in flight, or accepted videos.
    std::int64_t busy() const { return makes_videos() ? sum.submitted : sum.running; }
};

struct View {
    std::vector<GroupView> groups;
    GroupView all;                 // their sum
    std::optional<TimeLeft> left;  // of the whole run; nothing while one group's is not known
    double elapsed_s = 0;
    RunStatus status;
    std::string last;  // what happened last, safe to print
};

class Watcher {
public:
    void on_task(const TaskEvent& event);
    View view(const RunStatus& status, double elapsed_s);

private:
    std::map<std::string, Tempo> tempos_;  // by endpoint
    double now_s_ = 0;                     // of the latest view; events come between two
    TaskEvent last_;                       // its id is empty until there is one
};

// "1h50m", "1h30m-2h20m", "-".
std::string text_of(const std::optional<TimeLeft>& left);
// "22.4/s", "34/min", "5/h".
std::string rate_text(double per_s);
// "401 GiB".
std::string size_text(std::uint64_t bytes);

}  // namespace nightshift::screen
