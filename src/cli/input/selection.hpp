// Selectors of the command line as a selection.

#pragma once

#include "cli/input/arguments.hpp"
#include "storage/store.hpp"

#include <string>
#include <vector>

namespace nightshift::cli {

// Adds to `selection`; throws UsageError for anything else.
void add_only(Selection& selection, const std::vector<std::string>& only);

// What ls, retry and cancel are asked to work on. Throws UsageError for what cannot be meant.
Selection list_selection(const SelectArguments& select);
Selection retry_selection(const SelectArguments& select);
Selection cancel_selection(const SelectArguments& select);

// "NAME=VALUE" split, or UsageError that names the flag.
std::pair<std::string, std::string> name_and_value(const std::string& flag,
                                                   const std::string& text);

// Throws UsageError naming the endpoints there are.
void require_endpoint(const std::string& flag, const std::string& endpoint);

}  // namespace nightshift::cli
