// Gives an order to the process that has a run directory.

#pragma once

#include "base/failure.hpp"
#include "control/protocol.hpp"
#include "files/artifact_file.hpp"
#include "storage/store.hpp"

#include <optional>
#include <string>
#include <vector>

namespace nightshift::cli {

// No process has the run directory, or none any more.
class NotRunning : public UsageError {
public:
    using UsageError::UsageError;
};

// Somebody has the run directory.
bool is_running(const RunFolders& folders);

// `wait_s`: as for control::ask. Throws NotRunning, UsageError when the order makes no sense, InUse
// when the process takes no orders (any more), StorageError when its disk fails.
control::Json ask_run(const RunFolders& folders, const control::Request& request,
                      std::optional<double> wait_s);

// `retry` and `cancel` beside a run. How many rows moved.
std::int64_t requeue_beside(const RunFolders& folders, const Selection& selection);
std::int64_t cancel_beside(const RunFolders& folders, const Selection& selection);

// What keeps a running process from sending, one line each; empty when none runs or it does not
// say. For `status`.
std::vector<std::string> pauses_of(const RunFolders& folders);

}  // namespace nightshift::cli
