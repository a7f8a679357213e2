// One run of a run directory, put together: gateway, queue, engine, screen, signals.

#pragma once

#include "cli/arguments.hpp"
#include "cli/credentials.hpp"
#include "cli/settings.hpp"
#include "output/artifact_file.hpp"
#include "storage/store.hpp"

#include <string>
#include <vector>

namespace nightshift::cli {

// "a.jsonl and 2 more -> a.run", safe to print.
std::string title_of(const std::vector<std::string>& manifests, const std::string& dir);

// Runs what is in the queue and returns the exit code. The lock is held by the caller.
int run_session(const Arguments& arguments, const Settings& settings,
                const Credentials& credentials, const RunFolders& folders, Store& store);

}  // namespace nightshift::cli
