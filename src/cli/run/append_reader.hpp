// A manifest for a run that goes on: read twice, on a thread of its own. The first time only to
// see whether all of it can be taken; the second time to load it, slice by slice.

#pragma once

#include "cli/load/load_manifests.hpp"
#include "cli/run/batch_committer.hpp"
#include "model/price.hpp"

#include <set>
#include <string>
#include <vector>

namespace nightshift::cli {

struct AppendOrder {
    std::vector<std::string> manifests;  // absolute paths
    std::string spooled;                 // one of them, which is the client's stdin; or empty
    Settings settings;                   // what concerns loading
    bool loopback_media = false;
    bool needs_prices = false;  // there is a budget
    PriceTable prices;
};

struct Appended {
    Loaded loaded;
    bool refused = false;  // for its problems; nothing was loaded
    std::int64_t problems = 0;
    std::vector<std::string> told;   // problems and warnings, as printed; the first ones
    std::set<std::string> unpriced;  // models: refused for them
    std::string broken_off;          // why it was not loaded to its end
};

// On the reading thread. Throws UsageError when a file cannot be read, StorageError.
Appended append_load(const AppendOrder& order, SliceBridge& bridge);

}  // namespace nightshift::cli
