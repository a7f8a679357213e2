// Keys of a parsed value: none twice in one object, none too many. Parsers let both pass, and the
// last one wins without a word (faults.md finding 8).

#pragma once

#include <simdjson.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace nightshift {

// Reused from line to line, so that the common case allocates nothing.
class StructureCheck {
public:
    // True when all is well. Recursion is as deep as the value, which its parser has bounded.
    bool run(const simdjson::dom::element& value);

    // After false: the JSON pointer of the first bad object, and the key that it has twice (empty
    // also when it has too many).
    std::string pointer, key;

private:
    bool walk(const simdjson::dom::element& value);
    bool object(const simdjson::dom::element& value);
    bool are_unique(std::size_t first);

    std::vector<std::string_view> keys_;
};

}  // namespace nightshift
