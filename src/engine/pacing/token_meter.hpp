// What a task counts against tokens per minute, before and after it is known: its estimate, with
// the output that the lane's tasks really have, learned from `usage`.

#pragma once

#include "model/price.hpp"

namespace nightshift {

class TokenMeter {
public:
    // `as_reserved`: the gateway counts what a request may use, not what it used.
    double before(const Estimate& estimate, bool as_reserved) const;
    // One reply's output, in tokens.
    void learn(double output);

private:
    double mean_output_ = 0;
    int known_ = 0;
};

}  // namespace nightshift
