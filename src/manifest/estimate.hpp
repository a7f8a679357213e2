// Tokens of a text before any model has seen it.

#pragma once

#include <string_view>

namespace nightshift {

// Within about 20 % for prose, English or Chinese or both; code and tables weigh more than this
// says.
double estimated_tokens(std::string_view text);

}  // namespace nightshift
