// Whether the queue's file is in order, as far as SQLite can tell.

#pragma once

#include <filesystem>

namespace nightshift {

// PRAGMA quick_check on a connection of its own, read-only. Throws StorageError with what is
// damaged and what is left to do; about a second for a million tasks.
void quick_check(const std::filesystem::path& queue);

}  // namespace nightshift
