// Strict JSON out of what careless senders write, for replies that are paid and whose meaning is
// plain: bytes that are not UTF-8, halves of surrogate pairs, raw control characters and unknown
// escapes in strings, numbers that no parser holds, Python's literals, odd white space, commas
// before a closing bracket, anything behind the value. Nothing is guessed: a value that ends early,
// or has anything missing between its parts, is not repaired. One pass, no recursion.

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace nightshift {

// A character that a sender cut in two (half a surrogate pair, some bytes of a UTF-8 sequence)
// becomes U+FFFD, unless the rest of it stands in another text that will be put behind this one.
enum class TornCharacters {
    replaced,
    kept,  // as marks, for join_torn_characters
};

struct RepairedJson {
    std::string text;          // UTF-8, and valid JSON
    std::size_t consumed = 0;  // bytes of the input, up to the end of the value
};

// The object or array at the beginning, white space and a byte order mark before it left out.
// Numbers that a double or a 64-bit integer cannot hold become strings of their digits; NaN and
// the like become null. Nothing when no whole object or array stands there, or one that nests
// deeper than limits::json_depth. Text that is JSON already, compact, comes out as it is.
std::optional<RepairedJson> repair_json(std::string_view text,
                                        TornCharacters torn = TornCharacters::replaced);

// Marks side by side become the character they are the parts of; others become U+FFFD.
std::string join_torn_characters(std::string text);

}  // namespace nightshift
