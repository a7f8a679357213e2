// A nightshift.toml that was only found, beside a manifest that may be somebody else's: it is
// announced, and what protects money it can tighten but not loosen. A file that --config names may
// do both.

#pragma once

#include "cli/input/config_file.hpp"
#include "storage/store.hpp"

#include <set>
#include <string>
#include <utility>

namespace nightshift::cli {

using LaneNames = std::set<std::pair<std::string, std::string>>;  // endpoint, model

// One line for the user: which file it is, and its settings that cost money or time.
std::string announcement_of(const Config& config);

// Throws UsageError when the file, only found, sets what only a named one may: a command, files
// elsewhere, more resending or attempts than the defaults, time-outs below a second.
void require_no_loosening(const Config& config);

// The same for a price of nothing for a model of the run: it would let --budget pass everything.
void require_no_free_model(const Config& config, const LaneNames& lanes);

// The prices of the models in the queue. Found ones are not lower than those before them.
void remember_prices(Store& store, const Config& config, bool is_named);

}  // namespace nightshift::cli
