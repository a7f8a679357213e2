// When a waiting line is ready, and what becomes of it when it cannot be. A pure function of the
// line and of the states and results of what it needs, so that it may be asked again after a crash.

#pragma once

#include "stages/stage_line.hpp"
#include "stages/upstream.hpp"

#include <string>
#include <utility>
#include <vector>

namespace nightshift::stages {

struct Decision {
    enum class What { wait, ready, skip, cancel, fail };
    What what = What::wait;
    // cancel: the kind of the (first) failure above, "cancelled" of a cancelled one, "" of none (a
    // list is longer than `most`). fail: "unresolved".
    std::string code;
    // cancel: "needs b7-story, which failed: content_rejected"; fail: what is not there; skip: the
    // reason; wait: what for.
    std::string message;
};

// What is certain is decided at once: a failure among ten needs does not wait for the other nine.
// In this order: an element that a list does not have and a condition that does not hold skip the
// line; then needs, in the order of `after`, skip or cancel it; then it fails for what cannot be
// judged; then it waits.
Decision decide(const StageLine& line, const Upstreams& upstreams);

// Which results a ready line uses, by alias in the order of `after`: picks resolved, of lists those
// that are shown; none where what is needed did not succeed (on_failed run).
std::vector<std::pair<std::string, std::vector<std::string>>> used(const StageLine& line,
                                                                   const Upstreams& upstreams);

}  // namespace nightshift::stages
