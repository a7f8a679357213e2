// Tokens of a text before any model has seen it.

#pragma once

#include <string_view>

namespace nightshift {

// Meant to be within about 20 % for prose, English or Chinese or both (a rule of thumb; tokenizers
// differ). Code and tables weigh more than this says.
double estimated_tokens(std::string_view text);

}  // namespace nightshift
