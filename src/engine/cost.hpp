// What a finished task cost, in the price table's unit.

#pragma once

#include "core/price.hpp"
#include "jobs/job.hpp"

namespace nightshift {

// `characters`: code points of a speech input.
double cost_of(const Price& price, const Outcome& outcome, std::size_t characters);

}  // namespace nightshift
