// Learned limits as the queue's meta keeps them.

#pragma once

#include "engine/pacing/governor.hpp"

#include <string>
#include <string_view>

namespace nightshift {

std::string to_json(const LearnedLimits& learned);
// Nothing learned when it cannot be read.
LearnedLimits learned_limits_of(std::string_view json);

}  // namespace nightshift
