// Files to be read: those that the user named, and those of a run directory. What is no file (a
// pipe, a device, a folder) is refused before it is opened for good: reading it might never end.

#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace nightshift {

// "-", "/dev/stdin", "/dev/fd/3": what a shell hands over. Such a pipe is read.
bool is_handed_over(std::string_view path);

// The descriptor of a file that the user named; the caller closes it. Throws UsageError.
int open_input(const std::string& path);
// All of it; UsageError, too, when it has more than `most_bytes`.
std::string read_input(const std::string& path, std::size_t most_bytes);

// A file that the user named: to be read; to be written, where one may not be there yet. Throws
// UsageError that begins with `flag` for what cannot be one.
void require_readable(const std::string& flag, const std::string& path);
void require_writable(const std::string& flag, const std::string& path);

// Of a run directory. Throws StorageError when it is there and no regular file.
void require_regular(const std::filesystem::path& path);

}  // namespace nightshift
