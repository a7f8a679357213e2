#include "engine/retry/retry_budget.hpp"

#include <algorithm>

namespace nightshift {
namespace {

constexpr double window_s = 120;
constexpr double share = 0.1, always = 100;
// Below so many first tries in the window they were not made lately.
constexpr double few_firsts = 500;

}  // namespace

double RetryBudget::left(Instant now, bool tail) const {
    const double firsts = firsts_.last(window_s, now).count;
    const double healed = tail && firsts < few_firsts ? healed_.last(window_s, now).count : 0;
    const double made = retries_.last(window_s, now).count - healed;
    return std::max(0.0, std::max(always, share * firsts) - made);
}

}  // namespace nightshift
