#include "cli/input/budget_check.hpp"

#include "base/failure.hpp"
#include "base/text/terminal_text.hpp"

#include <fmt/format.h>

namespace nightshift::cli {

std::string text_of_unpriced(const std::set<std::string>& models) {
    std::string names, tables;
    for (const auto& model : models) {
        const auto name = term_safe(model, 80);
        names += fmt::format("{}\"{}\"", names.empty() ? "" : ", ", name);
        tables += fmt::format("{}[price.\"{}\"]", tables.empty() ? "" : ", ", name);
    }
    return fmt::format(
        "--budget needs a price for every model, and there is none for {}; add {} to "
        "nightshift.toml",
        names, tables);
}

void require_any_price(const EngineOptions& options, const std::string& config_file) {
    if (!options.budget || !options.prices.empty()) return;
    const auto where = config_file.empty()
                           ? std::string("no nightshift.toml was found beside the manifest")
                           : term_safe(config_file) + " has none";
    throw UsageError("--budget needs a price for every model, and " + where +
                     "; add [price.\"MODEL\"] tables to nightshift.toml");
}

void require_prices(Store& store, const EngineOptions& options) {
    if (!options.budget) return;
    std::set<std::string> unpriced;
    for (const auto& count : store.counts()) {
        if (is_terminal(count.state) || price_of(options.prices, count.model) != nullptr) continue;
        unpriced.insert(count.model);
    }
    if (!unpriced.empty()) throw UsageError(text_of_unpriced(unpriced));
    Selection bare;
    bare.states = {State::pending, State::running, State::submitted};
    bare.without_estimate = true;
    const auto tasks = store.count_of(bare);
    if (tasks == 0) return;
    throw UsageError(
        fmt::format("--budget: {} task{} loaded by an older nightshift without an estimate; give "
                    "the manifest again, which adds it",
                    tasks, tasks == 1 ? " was" : "s were"));
}

}  // namespace nightshift::cli
