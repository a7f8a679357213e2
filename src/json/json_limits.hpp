// What JSON text may be made of before a parser is let near it: a parser's memory grows with the
// number of values, not with the bytes (faults.md row 40).

#pragma once

#include <string_view>

namespace nightshift {

// False when `json` nests deeper than limits::json_depth, has an object of more than
// limits::json_keys members, or a number of more than 4096 characters. Only these are looked at:
// true does not mean that it is JSON. One pass, no recursion; strings are passed over.
bool is_within_json_bounds(std::string_view json);

}  // namespace nightshift
