// --budget can only be kept where every task has a price and an estimate.

#pragma once

#include "engine/run/ports.hpp"
#include "storage/store.hpp"

#include <set>
#include <string>

namespace nightshift::cli {

// One line: which models have no price, and the table to add.
std::string text_of_unpriced(const std::set<std::string>& models);

// Throws UsageError when there is a budget and not a single price: found before anything is read.
void require_any_price(const EngineOptions& options, const std::string& config_file);

// Throws UsageError when tasks that a run may send lack a price or an estimate. Without a budget
// nothing is asked for.
void require_prices(Store& store, const EngineOptions& options);

}  // namespace nightshift::cli
