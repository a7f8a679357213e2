// Counts as people read them.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace nightshift {

// "12,480".
std::string grouped(std::int64_t number);

// "1 task", "12,480 tasks"; `several` for nouns that do more than take an s.
std::string counted(std::int64_t number, std::string_view one, std::string_view several = "");

}  // namespace nightshift
