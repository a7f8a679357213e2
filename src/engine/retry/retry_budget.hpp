// How many of a lane's requests may be second tries: a tenth of the first ones over two minutes,
// so that a gateway in trouble is not sent more because of it. Refusals for the rate are
// neither. A hundred are always allowed, and in a tail, where no first try is left and hardly any
// was made lately, a retry that succeeds makes room for another, so that small runs and tails end.

#pragma once

#include "engine/pacing/flow.hpp"

namespace nightshift {

class RetryBudget {
public:
    void first_try(Instant now) { firsts_.add(now, 0); }
    // For the rate: it will be one when it is let in.
    void first_try_refused(Instant now) { firsts_.remove(now, 0); }
    void retry(Instant now) { retries_.add(now, 0); }
    void retry_succeeded(Instant now) { healed_.add(now, 0); }
    bool allows_retry(Instant now, bool tail) const { return left(now, tail) >= 1; }
    // How many more may be made now; not below zero.
    double left(Instant now, bool tail) const;

private:
    Flow firsts_, retries_, healed_;
};

}  // namespace nightshift
