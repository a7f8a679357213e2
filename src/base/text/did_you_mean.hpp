// The word that somebody may have meant.

#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace nightshift {

// One of `candidates` that `word` may be a slip of the pen for, or nullptr: the smallest edit
// distance (letter case counts as half an edit), at most `edits_max`, or a third of the word's
// length when that is 0.
const std::string* nearest_of(const std::string& word, const std::vector<std::string>& candidates,
                              std::size_t edits_max = 0);
// At most `count_max` of `candidates`, the nearest first: those that nearest_of() would take, and
// those that begin with `word`, or it with them (from four bytes on).
std::vector<std::string> nearest_few(const std::string& word,
                                     const std::vector<std::string>& candidates,
                                     std::size_t count_max);
// `"a", "b" or "c"`; "" for none. Characters that could steer a terminal are escaped.
std::string alternatives(const std::vector<std::string>& names);

}  // namespace nightshift
