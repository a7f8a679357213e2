// What a finished task cost, in the price table's unit.

#pragma once

#include "jobs/protocol/job.hpp"
#include "model/price.hpp"

namespace nightshift {

// What the reply does not say (usage is left out by some models) is taken from the estimate.
double cost_of(const Price& price, const Outcome& outcome, const Task& task,
               const Estimate& estimate, double estimated_output_tokens);

}  // namespace nightshift
