#include "engine/retry/retry.hpp"

#include "base/bounds.hpp"

#include <algorithm>
#include <cmath>

namespace nightshift {
namespace {

using Step = Decision::Step;

// The attempt may have been paid: only --resend may send it again.
Decision decide_unknown(const RetryFacts& facts, bool used_up) {
    if (!facts.resend_allowed) return {.step = Step::hold};
    if (used_up) return {.step = Step::fail};
    return {.step = Step::again, .counts = true, .takes_resend = true};
}

// A good reply without a usable result is known and paid; it is asked for once more.
Decision decide_empty(const RetryFacts& facts, bool used_up) {
    const bool allowed = !facts.resend_costs || facts.resend_allowed;
    if (facts.asked_again || used_up || !allowed) return {.step = Step::fail};
    return {.step = Step::again,
            .counts = true,
            .takes_resend = facts.resend_costs,
            .asks_again = true};
}

}  // namespace

Decision decide(const Failure& failure, const RetryFacts& facts, const RetryRules& rules) {
    const bool used_up = facts.failures + 1 >= rules.attempts_max;
    switch (failure.kind) {
        case Kind::misconfigured:
            return {.step = failure.endpoint_only ? Step::set_aside : Step::stop};
        case Kind::credentials:
        case Kind::quota:
        case Kind::local_io:
            return {.step = Step::stop};
        default:
            break;
    }
    // A result that cannot be had is never a reason to pay again; `retry` fetches it first.
    if (facts.paid) return {.step = Step::fail};
    if (failure.billing == Billing::unknown) return decide_unknown(facts, used_up);
    switch (failure.kind) {
        case Kind::rate_limited:
            return {.step = Step::again, .slows_lane = true};
        case Kind::network:
            if (!facts.sent) return {.step = Step::again, .pauses_origin = true};
            [[fallthrough]];
        case Kind::overloaded:
        case Kind::server_error:
        case Kind::timeout:
        case Kind::bad_reply:
            if (used_up) return {.step = Step::fail};
            return {.step = Step::again, .counts = true};
        case Kind::no_output:
        case Kind::invalid_output:
            return decide_empty(facts, used_up);
        case Kind::model_unavailable:
            if (facts.model_failures >= facts.model_tries) return {.step = Step::fail};
            return {.step = Step::again};
        default:
            return {.step = Step::fail};
    }
}

double backoff_s(const Failure& failure, int failures, const RetryRules& rules, Random& random) {
    // A refusal for the rate pauses a whole lane: a minute is enough (wire contract 10.5).
    const bool crowded = failure.kind != Kind::rate_limited &&
                         (failure.kind == Kind::overloaded || failure.http_status == 503);
    const double cap = crowded ? limits::overload_cap_s : limits::retry_cap_s;
    const double first = failure.kind == Kind::rate_limited ? 5 * rules.base_s : rules.base_s;
    const double most = std::min(cap, first * std::pow(2.0, std::min(failures, 30)));
    const double wait = most * (1 - random.unit());
    const double told = std::min(failure.retry_after_s.value_or(0), limits::told_wait_step_s);
    return std::max(wait, told);
}

namespace {

constexpr double window_s = 120;
constexpr double share = 0.1, always = 100;
// Below so many first tries in the window they were not made lately.
constexpr double few_firsts = 500;
// What left so lately may be refused for the rate yet, and would be no first try then.
constexpr double open_s = 2;

}  // namespace

double RetryBudget::left(Instant now, bool tail) const {
    const double firsts = firsts_.last(window_s, now).count;
    const double healed = tail && firsts < few_firsts ? healed_.last(window_s, now).count : 0;
    const double made = retries_.last(window_s, now).count - healed;
    const double certain = firsts - std::max(0.0, firsts_.last(open_s, now).count);
    return std::max(0.0, std::max(always, share * certain) - made);
}

}  // namespace nightshift
