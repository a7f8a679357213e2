// Model globs: `*` stands for any characters, `/` included; case-sensitive (contract section 3).

#pragma once

#include <string_view>

namespace nightshift {

bool glob_matches(std::string_view pattern, std::string_view text);

}  // namespace nightshift
