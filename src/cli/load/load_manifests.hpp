// Manifests into the queue: all of it or nothing, so that a bad line never starts half a run.

#pragma once

#include "base/failure.hpp"
#include "cli/input/arguments.hpp"
#include "cli/input/settings.hpp"
#include "manifest/problem.hpp"
#include "screen/loading_view.hpp"
#include "storage/store.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace nightshift::cli {

struct Loaded {
    std::int64_t added = 0, known = 0, replaced = 0, bad_lines = 0;
};

// A manifest that is not taken: what is wrong with it, the first thousand of it at most.
class BadManifest : public UsageError {
public:
    BadManifest(const std::string& message, std::vector<Problem> problems)
        : UsageError(message), problems_(std::move(problems)) {}
    const std::vector<Problem>& problems() const { return problems_; }

private:
    std::vector<Problem> problems_;
};

// "a.jsonl and 2 more", safe to print.
std::string names_of(const std::vector<std::string>& manifests);

// Prints every problem as `file:line:column: what; what to do` to stderr. Throws UsageError when
// there is one that is no warning (unless skip_invalid); the queue is then as it was. `view` counts
// what was read.
Loaded load_manifests(Store& store, const RunArguments& run, const Settings& settings,
                      bool loopback_media, screen::LoadingView& view);

}  // namespace nightshift::cli
