// Which file systems a queue can lie on, and how. SQLite's WAL needs memory that all openers
// share, which a file system of another machine cannot give: there the rollback journal is used.
// (https://www.sqlite.org/wal.html; magic numbers: statfs(2) and linux/magic.h)

#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace nightshift {

// memory: rolls back while the process lives, and keeps nothing over its end: for a file that is
// thrown away then (storage/sqlite/queue_builder.hpp).
enum class Journal { wal, rollback, memory };

// "NFS", "SMB", ... for the magic number of a file system that is not this machine's, or that a
// program serves (FUSE: it may be either); empty for all others.
std::string_view network_file_system(long magic);

// The same for the file system that `path`, or the folder it is to be made in, lies on.
std::string network_file_system_of(const std::filesystem::path& path);

Journal journal_for(const std::filesystem::path& queue);

}  // namespace nightshift
