// What follows a failure: pure decisions of (failure, what is known of the task), no I/O.

#pragma once

#include "base/failure.hpp"
#include "base/random.hpp"
#include "engine/pacing/flow.hpp"

namespace nightshift {

struct RetryRules {
    double base_s = 1;     // --retry-base
    int attempts_max = 5;  // --max-attempts
};

// What the decision needs to know.
struct RetryFacts {
    int failures = 0;             // attempts used up before this one
    bool sent = true;             // a POST left
    bool paid = false;            // it is paid and accepted: only its result is missing
    bool resend_allowed = false;  // by --resend, for this task, now
    bool resend_costs = false;    // a known, paid second POST draws on --resend too (images)
    bool asked_again = false;     // no_output / invalid_output had its second chance
    int model_failures = 0;       // model_unavailable in a row on this lane, this one included
    int model_tries = 3;
};

struct Decision {
    enum class Step {
        again,  // back to pending
        fail,
        hold,       // unknown outcome, not allowed to be sent again
        set_aside,  // its endpoint is paused; the task stays pending
        stop,       // the run stops; the task stays pending
    } step = Step::fail;
    bool counts = false;         // uses up an attempt
    bool takes_resend = false;   // draws on the --resend budget
    bool asks_again = false;     // this is the second chance of no_output / invalid_output
    bool slows_lane = false;     // 429: the whole lane cools down
    bool pauses_origin = false;  // the gateway cannot be reached: nothing is sent for a while
};

Decision decide(const Failure& failure, const RetryFacts& facts, const RetryRules& rules);

// Exponential backoff with full jitter: uniform in (0, min(cap, base * 2^failures)], but at least
// what the gateway asked for.
double backoff_s(const Failure& failure, int failures, const RetryRules& rules, Random& random);

// How many of a lane's requests may be second tries: a tenth of the first ones over two minutes,
// so that a gateway in trouble is not sent more because of it. Refusals for the rate are
// neither. A hundred are always allowed, and in a tail, where no first try is left and hardly any
// was made lately, a retry that succeeds makes room for another, so that small runs and tails end.

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
