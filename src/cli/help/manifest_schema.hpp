// schemas/manifest_line.json, built into the program by CMakeLists.txt.

#pragma once

#include <string_view>

namespace nightshift::cli {

std::string_view manifest_schema();

}  // namespace nightshift::cli
