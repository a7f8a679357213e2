// The ledger line of a task that was dropped before it was sent.

#pragma once

#include "storage/store.hpp"

#include <cstdint>
#include <string>

namespace nightshift::cli {

std::string cancelled_line(const Row& row, std::int64_t now);

}  // namespace nightshift::cli
