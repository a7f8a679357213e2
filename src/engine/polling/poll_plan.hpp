// When to ask for a video again: pure, learned from the polls of one lane.
//
// What is learned is the hazard: of the videos that are still under way at some age, how many are
// done soon after. A list of finished times would not do. When thousands are accepted together,
// those that are known to be done are the quick ones; a poll that finds nothing counts here, too.
//
// An interval is as long as what is lost by it may be: the expected time that a finished video
// waits to be noticed comes to what one poll is worth.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace nightshift {

class PollPlan {
public:
    // Everything is a multiple of `poll_interval_s`, the shortest time between two polls of a task.
    // The table (8 KiB) is made with the first poll: many lanes never have one.
    explicit PollPlan(double poll_interval_s);

    // A task was under way at `from_s` after it was accepted (its poll before, or 0); its poll at
    // `to_s` found it done or still under way.
    void saw(double from_s, double to_s, bool done);

    struct Asking {
        double age_s = 0;                // of the task, since it was accepted
        bool waiting_for_place = false;  // lateness costs throughput: others wait for its place
        bool scout = false;              // among the lane's oldest: looks where nothing is known
    };
    // Seconds to wait. With a jitter of limits::poll_jitter either way it stays between the poll
    // interval and the bound on how late a finished video may be noticed.
    double next_interval(const Asking& asking);

    // What was learned, as compact JSON for the queue's meta ("": nothing), and back. What cannot
    // be read, or was learned with another poll interval, is forgotten.
    std::string to_json() const;
    void take_json(std::string_view text);

    // Besides the object itself.
    std::size_t allocated_bytes() const { return stretches_.capacity() * sizeof(Stretch); }

private:
    // A stretch of age. `passages`: tasks that were seen to go through it, in parts of its width;
    // `ends`: those of them that were done within.
    struct Stretch {
        double upper_s = 0;
        double passages = 0, ends = 0;
        double hazard = 0;  // per second
    };
    void make_stretches();
    std::size_t at(double age_s) const;
    double lower_s(std::size_t i) const { return i == 0 ? 0 : stretches_[i - 1].upper_s; }
    double overlap_s(std::size_t i, double from_s, double to_s) const;
    std::vector<double> shares_of_end(double from_s, double to_s) const;
    void smooth();

    double unit_s_;
    std::vector<Stretch> stretches_;
};

}  // namespace nightshift
