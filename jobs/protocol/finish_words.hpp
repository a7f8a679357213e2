// The words by which models say how they came to stop, of every vendor.

#pragma once

#include <string_view>

namespace nightshift::jobs {

// How the model came to stop, whatever word its protocol has for it.
enum class Ending {
    whole,       // at its own end, or by a word nobody documented
    cut,         // a token limit
    refused,     // a safety rule
    overloaded,  // the provider broke off
    broken,      // the provider failed
};

// In any letter case, with underscores, hyphens, blanks or none.
Ending ending_of(std::string_view word);

}  // namespace nightshift::jobs
