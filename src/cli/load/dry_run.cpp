#include "cli/load/dry_run.hpp"

#include "base/text/counted.hpp"
#include "base/text/terminal_text.hpp"
#include "cli/input/budget_check.hpp"
#include "cli/input/exit_code.hpp"
#include "cli/input/open_queue.hpp"
#include "cli/input/run_gateway.hpp"
#include "cli/load/load_report.hpp"
#include "cli/load/problem_list.hpp"
#include "cli/load/reader_thread.hpp"
#include "cli/load/recipe_reader.hpp"
#include "cli/load/requeue_cost.hpp"
#include "jobs/endpoints.hpp"
#include "screen/terminal.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <set>

namespace nightshift::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Findings {
    bool is_new = true;  // the run directory
    std::int64_t added = 0, known = 0, changed = 0, problems = 0;
    std::vector<Chosen> to_send;  // unsent ones that are there, and new ones
    std::set<std::string> unpriced;
    std::optional<double> cost;  // nothing while a model has no price
};

Chosen chosen_of(const ManifestTask& task) {
    Chosen chosen;
    chosen.endpoint = task.endpoint;
    chosen.model = task.model;
    chosen.estimate = task.estimate;
    return chosen;
}

void meet(Store* store, const ManifestTask& task, const std::string& manifest, OnChange on_change,
          Findings& findings) {
    using What = Added::What;
    const auto what =
        store == nullptr ? What::added : store->would_add(new_task_of(task, manifest)).what;
    if (what == What::same || what == What::same_other_envelope) {
        ++findings.known;
    } else if (what == What::added) {
        ++findings.added;
        findings.to_send.push_back(chosen_of(task));
    } else {
        ++findings.changed;
        if (on_change == OnChange::error) ++findings.problems;
    }
}

void read_manifests(const DryRun& run, Store* store, Findings& findings) {
    const auto& manifests = run.arguments.run.manifests;
    if (manifests.empty()) return;
    ProblemList list([](const std::string& line) { screen::say(stderr, line); });
    IntakeHooks hooks;
    hooks.add = [&](ManifestTask&& task, const std::string& manifest) {
        meet(store, task, manifest, run.settings.on_change, findings);
    };
    hooks.problem = [&](Problem&& problem) {
        if (!problem.warning) ++findings.problems;
        list.add(problem);
    };
    take_recipes(hooks, run.arguments.run.recipe);
    read_ahead(endpoint_table(), line_options(run.settings, run.loopback_media), manifests, hooks);
    list.finish();
}

void add_cost(const DryRun& run, Findings& findings) {
    const auto& prices = run.settings.engine.prices;
    for (const auto& row : findings.to_send) {
        if (price_of(prices, row.model) == nullptr) findings.unpriced.insert(row.model);
    }
    if (!prices.empty()) findings.cost = cost_of_sending(findings.to_send, prices);
}

void print_text(const DryRun& run, const Findings& f) {
    const auto& engine = run.settings.engine;
    std::string gateway = run.gateway;
    if (gateway.empty()) gateway = "not set: NIGHTSHIFT_BASE_URL and NIGHTSHIFT_API_KEY, or flags";
    if (gateway == sandbox_gateway) gateway = "the built-in sandbox (made-up results, free)";
    fmt::print("dry run: nothing was loaded, sent or changed\n");
    fmt::print("gateway        {}\n", term_safe(gateway));
    fmt::print("run directory  {} ({})\n", term_safe(run.folders.root.string()),
               f.is_new ? "new" : "exists");
    fmt::print("configuration  {}\n",
               run.config.file.empty() ? "none" : term_safe(run.config.file));
    fmt::print("manifest       {} new, {} known, {} changed; {}\n", grouped(f.added),
               grouped(f.known), grouped(f.changed), counted(f.problems, "problem"));
    auto text = counted(static_cast<std::int64_t>(f.to_send.size()), "task");
    if (f.cost) {
        text += fmt::format(", estimated cost {:.4g}{}{}", *f.cost,
                            engine.currency.empty() ? "" : " ", term_safe(engine.currency, 16));
    }
    if (engine.budget) text += fmt::format(" of a budget of {:.6g}", *engine.budget);
    fmt::print("to send        {}\n", text);
    if (engine.budget && !f.unpriced.empty()) fmt::print("{}\n", text_of_unpriced(f.unpriced));
}

void print_json(const DryRun& run, const Findings& f) {
    const auto& budget = run.settings.engine.budget;
    const auto text_or_null = [](const std::string& text) {
        return text.empty() ? Json() : Json(text);
    };
    const Json json = {{"schema", 1},
                       {"dry_run", true},
                       {"dir", run.folders.root.string()},
                       {"new_dir", f.is_new},
                       {"gateway", text_or_null(run.gateway)},
                       {"config", text_or_null(run.config.file)},
                       {"new", f.added},
                       {"known", f.known},
                       {"changed", f.changed},
                       {"problems", f.problems},
                       {"to_send", f.to_send.size()},
                       {"cost", f.cost ? Json(*f.cost) : Json()},
                       {"budget", budget ? Json(*budget) : Json()},
                       {"models_without_price", f.unpriced}};
    fmt::print("{}\n", json.dump(-1, ' ', false, Json::error_handler_t::replace));
}

}  // namespace

int dry_run(const DryRun& run) {
    Findings findings;
    std::unique_ptr<SqliteStore> store;
    std::error_code error;
    if (std::filesystem::exists(run.folders.queue(), error)) {
        findings.is_new = false;
        store = open_for_reading(run.folders);
        if (!run.arguments.run.new_origin) {
            require_gateway(*store, run.folders, run.arguments.run, run.gateway);
        }
        Selection unsent;
        unsent.states = {State::pending};
        findings.to_send = store->choose(unsent);
    }
    read_manifests(run, store.get(), findings);
    add_cost(run, findings);
    run.arguments.common.json ? print_json(run, findings) : print_text(run, findings);
    const auto& budget = run.settings.engine.budget;
    const bool refused = findings.problems > 0 && !run.settings.skip_invalid;
    if (refused || (budget && !findings.unpriced.empty())) return exit_usage;
    return budget && findings.cost.value_or(0) > *budget ? exit_quota : exit_ok;
}

}  // namespace nightshift::cli
