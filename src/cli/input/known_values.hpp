// Selector values held against what there is: a slip of the pen must not pass for "nothing to do".

#pragma once

#include "storage/store.hpp"

#include <string>
#include <vector>

namespace nightshift::cli {

// Throws UsageError for an id, a tag, a model (glob) or a flag that no task of the queue has, with
// the nearest known one. `where`: the run directory, for the message.
void require_known(Store& store, const Selection& selection, const std::string& where);

// Flags that a task may have by this version, whether or not one has it yet.
const std::vector<std::string>& flag_words();

// "; did you mean "x"?", or what is known, as far as it fits; "" when nothing is known.
std::string hint_for(const std::string& word, const std::vector<std::string>& known);

}  // namespace nightshift::cli
