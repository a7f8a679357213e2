// What a refusal for the rate says that it is about.

#pragma once

#include "engine/pacing/governor.hpp"

#include <string_view>

namespace nightshift {

// From the words of the gateway or of the provider behind it (wire contract 3.5, 4.4, 10.3).
// "Too many requests" says nothing: every 429 is called so.
Scarce scarce_in(std::string_view words);

}  // namespace nightshift
