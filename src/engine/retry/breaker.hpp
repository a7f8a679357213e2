// Stops asking what only fails: after so many failures in a row nothing passes for a while, then
// one probe does; a failed probe makes the next pause twice as long. Pure; takes `now`.

#pragma once

#include "base/clock.hpp"
#include "base/random.hpp"

namespace nightshift {

class Breaker {
public:
    struct Rule {
        int failures_in_row = 8;  // that open it
        double first_pause_s = 15;
        double longest_pause_s = 120;
    };

    // `random` (borrowed for good) shortens each pause by up to a tenth.
    Breaker(Rule rule, Random& random) : rule_(rule), random_(random) {}

    // What came of something that passed. A success closes it, whenever it left; a failure while
    // it is open and no probe is out says nothing more.
    void record(bool good, Instant now);
    // True when something may pass. The probe is whoever is told so first when a pause is over; if
    // it is never heard of again, another may go after the first pause's length.
    bool may_pass(Instant now);
    // When to ask again: `now` when it is closed or waits for a probe.
    Instant next_pass(Instant now) const;
    bool is_closed() const { return pauses_ == 0; }

private:
    void open(Instant now);

    Rule rule_;
    Random& random_;
    int failures_ = 0;  // in a row, while it is closed
    int pauses_ = 0;    // in a row; 0: closed
    bool probing_ = false;
    Instant until_ = Instant::min();  // nobody passes before, while it is not closed
};

}  // namespace nightshift
