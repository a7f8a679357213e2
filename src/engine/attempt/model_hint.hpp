// What the gateway says it offers, asked when it refuses a model.

#pragma once

#include "engine/run/run_state.hpp"

#include <string>

namespace nightshift {

// A half-sentence for the failure of `model`: the nearest name of /v1/models, or that the model
// stands there all the same; "" when the gateway does not say. Never throws Failed.
Async<std::string> hint_for_model(Shared& shared, std::string model);

}  // namespace nightshift
