// The ledger line of a task that was dropped before it was sent. `gateway`: of its run directory,
// empty when that has none yet.

#pragma once

#include "storage/store.hpp"

#include <cstdint>
#include <string>

namespace nightshift::cli {

std::string cancelled_line(const Row& row, std::int64_t now, const std::string& gateway);

}  // namespace nightshift::cli
