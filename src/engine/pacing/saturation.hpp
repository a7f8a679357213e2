// Finds out whether a gateway that refuses nothing answers slower and slower instead: beyond some
// number in flight what is added only waits. Then half as many are let in flight, as long as that
// brings as much back.
//
// Latency alone says little, because the lengths of texts vary: when it is far above what it was,
// half as many are tried for some hundred requests. Only if these take much less time and hardly
// fewer of them pass is the smaller number kept. Twice as many are tried after some 200 requests,
// and ever more seldom when that does not help; where they only wait, that costs nothing.
// Where all that may be in flight is not, there is nothing to learn.

#pragma once

#include "engine/pacing/answer_times.hpp"

#include <cstdint>

namespace nightshift {

class Saturation {
public:
    Saturation();

    // So many may be in flight; limits::window_most: nothing speaks against more.
    int most() const { return most_; }
    // What is known to do as well as more, for a later run: the size before one that is tried. 0:
    // nothing speaks against more.
    int found() const;
    // What an earlier run found. As after a try in vain: twice as many are tried after a while.
    void begin_at(int most);

    // `free`: nothing but the number in flight held it up.
    void started(const Send& send, bool free);
    void answered(const Send& send, Instant now);
    void dropped(const Send& send) { times_.dropped(send); }  // refused or lost

private:
    enum class Stage { watching, halved, doubled };
    using Measure = AnswerTimes::Measure;

    void watch(int in_flight, int skipped);
    void look(const Measure& measure);
    void look_whether_due(const Measure& measure);
    void try_size(Stage stage, int most);
    void end_halved_in_vain();
    void end_halved(const Measure& measure);
    void end_doubled(const Measure& measure);
    void give_up();

    int most_;
    int before_most_ = 0;
    Stage stage_ = Stage::watching;
    AnswerTimes times_;
    bool filled_ = false;  // since the size is tried all of it was in flight once
    Measure before_;       // at the size before the one that is tried
    double sound_s_ = 0;   // a median under a load that the gateway bears; 0: not known
    std::uint64_t last_send_ = 0;
    std::uint64_t try_until_ = 0;   // the send after which the size is not used up
    std::uint64_t half_after_ = 0;  // when answers are slow: the next try
    std::uint64_t double_after_ = 0;
    int halved_in_vain_ = 0, doubled_in_vain_ = 0;
};

}  // namespace nightshift
