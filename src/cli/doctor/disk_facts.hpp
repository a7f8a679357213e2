// What the disk under a folder is like.

#pragma once

#include "cli/doctor/checks.hpp"

#include <filesystem>

namespace nightshift::cli {

// Writes a small file into `folder` a few times and takes it away again.
DiskFacts look_at_disk(const std::filesystem::path& folder);

}  // namespace nightshift::cli
