// Why a line is no acceptable JSON object, and at which byte: the slow second look, taken only
// after the parser has refused the line.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace nightshift {

struct Diagnosis {
    std::size_t at = 0;  // offset of the byte that is wrong
    std::string what;    // empty: nothing was found
    std::string what_to_do;
};

Diagnosis diagnose_json(std::string_view text);

}  // namespace nightshift
