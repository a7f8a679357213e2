// `--only endpoint=..,model=GLOB,tag=..` as a selection.

#pragma once

#include "storage/store.hpp"

#include <string>
#include <vector>

namespace nightshift::cli {

// Adds to `selection`; throws UsageError for anything else.
void add_only(Selection& selection, const std::vector<std::string>& only);

// "NAME=VALUE" split, or UsageError that names the flag.
std::pair<std::string, std::string> name_and_value(const std::string& flag,
                                                   const std::string& text);

// Throws UsageError naming the endpoints there are.
void require_endpoint(const std::string& flag, const std::string& endpoint);

}  // namespace nightshift::cli
