// A run directory knows the folder that it lies in. A copy of it has the same unsent and submitted
// tasks: run in both places, they are paid for twice.

#pragma once

#include "files/artifact_file.hpp"
#include "storage/store.hpp"

namespace nightshift::cli {

// Asks, if the queue was used in another folder (a copy; a folder that was only moved or renamed
// is the same one) and has tasks that a run would send or poll; without a terminal, or when the
// user declines, throws UsageError naming --adopt, which stands for the answer. From then on the
// queue belongs here.
void require_home(Store& store, const RunFolders& folders, bool adopt);

}  // namespace nightshift::cli
