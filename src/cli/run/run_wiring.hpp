// One run of a run directory, put together: gateway, queue, engine, screen, signals.

#pragma once

#include "cli/input/arguments.hpp"
#include "cli/input/credentials.hpp"
#include "cli/input/settings.hpp"
#include "control/door.hpp"
#include "files/artifact_file.hpp"
#include "storage/store.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace nightshift::cli {

// What the caller holds, with the lock.
struct RunPlace {
    const RunFolders& folders;
    Store& store;
    control::Door& door;
    const std::string& gateway;  // that the directory belongs to: an origin, or "sandbox"
    // World::before_post
    std::function<void(std::string_view body, std::string_view expect)> before_post = {};
};

// "a.jsonl and 2 more -> a.run", safe to print.
std::string title_of(const std::vector<std::string>& manifests, const std::string& dir);

// Runs what is in the queue and returns the exit code.
int run_session(const Arguments& arguments, const Settings& settings,
                const Credentials& credentials, RunPlace place);

}  // namespace nightshift::cli
