// Results on their way to their final names: judged by their bytes, hashed, fsynced, renamed.
// Blocking; runs on the file worker.

#pragma once

#include "files/artifact_file.hpp"
#include "files/part_tag.hpp"
#include "jobs/protocol/job.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace nightshift {

// The part file of a task's n-th output: the row's number keeps it apart from every other.
std::string part_name(std::int64_t row, int index);

// Bytes in hand. Failure: bad_media; throws StorageError.
Result<Output> keep_bytes(const RunFolders& folders, const Task& task, const Artifact& artifact);

// An image that was lifted from its reply to a file, where it stays: what a crash leaves undone is
// done again from there. The folder of the outputs is the caller's to sync.
struct LiftedFile {
    std::filesystem::path path;
    std::string sha256;  // empty: not known
};
Result<Output> keep_lifted(const RunFolders& folders, const Task& task, const Artifact& artifact,
                           const LiftedFile& lifted);

// A text answer as a file (--text-files).
Output keep_text(const RunFolders& folders, const Task& task, int index, const std::string& text);

// A part that was downloaded whole. On bad_media the part is emptied. What it becomes stands in
// its tag before it is renamed, and stays there until the row's end is durable.
Result<Output> keep_part(const RunFolders& folders, const Task& task, const Download& what,
                         PartFile& part);
// The file that a whole part became, or now becomes; nothing when neither is there any more.
std::optional<Output> adopt_part(const RunFolders& folders, PartFile& part, const PartTag& tag);

}  // namespace nightshift
