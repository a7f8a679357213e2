// Model globs: `*` stands for any characters, `/` included; case-sensitive (contract section 3).

#pragma once

#include <optional>
#include <string_view>

namespace nightshift {

// `any_one`: the character of the pattern that stands for any single character; absent: there
// is none.
bool glob_matches(std::string_view pattern, std::string_view text,
                  std::optional<char> any_one = std::nullopt);

}  // namespace nightshift
