// Whether a lane is worth sending to: a breaker for one that answers nothing but troubles, and a
// stop for one whose tasks fail one after the other for the same reason. Pure; takes `now`.

#pragma once

#include "base/failure.hpp"
#include "engine/retry/breaker.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string>

namespace nightshift {

class LaneHealth {
public:
    explicit LaneHealth(Random& random);  // borrowed for good

    // What came of a POST of `row`. A breaker that opened for the rows of one lane must not be
    // opened by a few bad tasks: only failures of different rows count.
    void answered_well(Instant now);
    void had_trouble(std::int64_t row, bool probe, Instant now);

    bool may_pass(Instant now) { return breaker_.may_pass(now); }
    Instant next_pass(Instant now) const { return breaker_.next_pass(now); }
    bool is_closed() const { return breaker_.is_closed(); }
    // A failed probe does not use up an attempt of its row, the first few times.
    bool is_free_probe(std::int64_t row) { return ++probes_[row] <= free_probes; }

    // A task failed for good. True when it was one too many for the same reason.
    bool failed_alike(const Failure& failure);
    void succeeded() { alike_ = 0; }

private:
    static constexpr int free_probes = 3;

    Breaker breaker_;
    std::set<std::int64_t> troubled_;  // rows, since something was answered well
    std::map<std::int64_t, int> probes_;
    std::string reason_;
    int alike_ = 0;
};

}  // namespace nightshift
