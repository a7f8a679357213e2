// How many remote tasks an allowance may have at the gateway: the configured number, or the default
// until the gateway was found to take fewer. Pure: takes `now`, does no I/O.
//
// Two submits refused one after the other, while tasks are under way, say that so many are taken
// and no more: from there on one begins as another ends, and one more is tried now and then. A
// refusal for the rate looks the same, and is over by the time of that try. One that is taken may
// have had the place of a task that had just ended: so the next is tried when it is, one at a
// time, until one is refused or as many as by default are under way.

#pragma once

#include "base/clock.hpp"

#include <optional>

namespace nightshift {

class RemotePlaces {
public:
    explicit RemotePlaces(std::optional<int> known);

    int size() const { return size_; }
    // What was found, for a later run; 0: nothing.
    int found() const { return narrowed_ ? size_ : 0; }
    // What an earlier run found: one more is tried after a minute.
    void begin_at(int size, Instant now);
    // With so many under way: when one more may begin. Instant::max(): when one has ended.
    Instant next(int under_way, Instant now) const;

    // What came of a submit; so many are under way, this one included.
    void accepted(int under_way);
    // Whether that is about places: then it says nothing about the rate.
    bool refused(int under_way, Instant now);

private:
    bool known_;
    int size_;
    int in_row_ = 0;  // refused since one was accepted
    bool narrowed_ = false;
    int tries_ = 0;  // of one more, in vain
    Instant try_at_ = Instant::max();
};

}  // namespace nightshift
