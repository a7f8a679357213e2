// Results on their way to their final names: judged by their bytes, hashed, fsynced, renamed.
// Blocking; runs on the file worker.

#pragma once

#include "jobs/job.hpp"
#include "output/artifact_file.hpp"

#include <string>

namespace nightshift {

// The part file of a task's n-th output: the row's number keeps it apart from every other.
std::string part_name(std::int64_t row, int index);

// Bytes in hand. Failure: bad_media; throws StorageError.
Result<Output> keep_bytes(const RunFolders& folders, const Task& task, const Artifact& artifact);

// A text answer as a file (--text-files).
Output keep_text(const RunFolders& folders, const Task& task, int index, const std::string& text);

// A part that was downloaded whole. On bad_media the part is emptied.
Result<Output> keep_part(const Task& task, const Download& what, PartFile& part);

}  // namespace nightshift
