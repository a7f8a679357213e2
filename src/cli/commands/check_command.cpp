// nightshift check: every line validated, problems listed, counts and estimates. Sends nothing.

#include "base/bounds.hpp"
#include "base/failure.hpp"
#include "base/text/counted.hpp"
#include "base/text/did_you_mean.hpp"
#include "base/text/terminal_text.hpp"
#include "cli/commands/recipe_summary.hpp"
#include "cli/input/arguments.hpp"
#include "cli/input/budget_check.hpp"
#include "cli/input/exit_code.hpp"
#include "cli/input/found_config.hpp"
#include "cli/input/gateway_models.hpp"
#include "cli/input/settings.hpp"
#include "cli/load/load_manifests.hpp"
#include "cli/load/problem_list.hpp"
#include "cli/load/recipe_reader.hpp"
#include "http/origin.hpp"
#include "jobs/endpoints.hpp"
#include "manifest/intake.hpp"
#include "screen/terminal.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>
#include <set>

namespace nightshift::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Checked {
    IntakeStats stats;
    std::vector<RecipeSummary> recipes;
    std::int64_t problems = 0, warnings = 0;
    std::vector<std::string> missing_models;
    std::vector<std::string> offered_models;  // as the gateway lists them
};

// Cost of a lane's estimates, as a run with --budget would reckon before it knows any reply;
// nothing without a price.
std::optional<double> cost_of(const Price* price, const IntakeCount& count) {
    if (price == nullptr) return std::nullopt;
    const double output_tokens =
        static_cast<double>(count.estimate.output_tokens_max) +
        limits::output_tokens_assumed * static_cast<double>(count.unbounded);
    return estimated_cost(*price, count.estimate, output_tokens, count.tasks);
}

// Of all lanes that have a price.
struct TotalCost {
    std::optional<double> cost;
    std::set<std::string> unpriced;  // models
};

TotalCost total_cost_of(const IntakeStats& stats, const Config& config) {
    TotalCost total;
    for (const auto& [lane, count] : stats.counts) {
        const auto cost = cost_of(config.price_of(lane.second), count);
        if (cost) total.cost = total.cost.value_or(0) + *cost;
        if (!cost) total.unpriced.insert(lane.second);
    }
    return total;
}

LaneNames lanes_of(const IntakeStats& stats) {
    LaneNames lanes;
    for (const auto& [lane, count] : stats.counts) lanes.insert(lane);
    return lanes;
}

// Minutes that the configured requests or tokens per minute impose on a lane.
std::optional<double> minutes_of(const LimitRule* rule, const IntakeCount& count) {
    if (rule == nullptr) return std::nullopt;
    double minutes = 0;
    if (rule->requests_per_minute) {
        minutes = static_cast<double>(count.tasks) / *rule->requests_per_minute;
    }
    if (rule->tokens_per_minute) {
        const auto tokens = count.estimate.input_tokens + count.estimate.output_tokens_max;
        minutes = std::max(minutes, static_cast<double>(tokens) / *rule->tokens_per_minute);
    }
    return minutes > 0 ? std::optional(minutes) : std::nullopt;
}

void print_json(const Problem& problem) {
    const Json line = {{"type", problem.warning ? "warning" : "problem"},
                       {"schema", 1},
                       {"file", problem.file},
                       {"line", problem.line},
                       {"column", problem.column},
                       {"what", problem.what},
                       {"what_to_do", problem.what_to_do}};
    fmt::print("{}\n", line.dump(-1, ' ', false, Json::error_handler_t::replace));
}

Checked check_files(const Arguments& arguments, const Config& config, bool loopback) {
    const auto& check = arguments.check;
    screen::LoadingView view({.progress = "auto",
                              .color = arguments.common.color,
                              .quiet = arguments.common.quiet,
                              .title = {}},
                             "checking " + names_of(check.manifests));
    Checked checked;
    LineOptions options;
    options.default_model = check.model.empty() ? config.run.model.value_or("") : check.model;
    options.stream = check.stream || config.run.stream.value_or(false);
    options.i2v_image_type = config.run.i2v_media_type.value_or("");
    options.problem_of_media_url = [loopback](std::string_view url) {
        return http::problem_of_media_url(url, loopback);
    };
    IntakeHooks hooks;
    hooks.add = [&view](ManifestTask&&, const std::string&) { view.count(); };
    ProblemList list([](const std::string& line) { fmt::print("{}", line); });
    hooks.problem = [&](Problem&& problem) {
        view.clear();  // stdout may be on the same terminal
        ++(problem.warning ? checked.warnings : checked.problems);
        arguments.common.json ? print_json(problem) : list.add(problem);
    };
    options.judge_only = true;
    RecipeCounter counter([&config](const std::string& model) { return config.price_of(model); });
    RecipeCheck recipes;
    recipes.on_line = [&counter](std::string_view line, const recipe::LineOrigin& origin) {
        counter.count(line, origin);
    };
    recipes.on_expanded = [&](const recipe::LoadedRecipe& loaded,
                              const recipe::Expansion& expanded) {
        checked.recipes.push_back(counter.summary(loaded, expanded));
    };
    take_recipes(hooks, check.recipe, &recipes);
    Intake intake(endpoint_table(), std::move(options), std::move(hooks));
    for (const auto& manifest : check.manifests) intake.read(manifest);
    view.clear();
    list.finish();
    checked.stats = intake.stats();
    return checked;
}

// 0, or the code of the stop that the answer means.
int ask_online(const Credentials& credentials, Checked& checked) {
    auto answer = ask_models(credentials);
    if (answer.exit_code != exit_ok) {
        fmt::print(stderr, "nightshift: --online: {}\n", answer.problem);
        return answer.exit_code;
    }
    std::set<std::string> missing;
    for (const auto& [lane, count] : checked.stats.counts) {
        if (!std::binary_search(answer.models.begin(), answer.models.end(), lane.second)) {
            missing.insert(lane.second);
        }
    }
    checked.missing_models.assign(missing.begin(), missing.end());
    checked.offered_models = std::move(answer.models);
    return exit_ok;
}

std::vector<std::string> nearest_offered(const Checked& checked, const std::string& model) {
    constexpr std::size_t names_max = 3;
    return nearest_few(model, checked.offered_models, names_max);
}

void print_missing(const Checked& checked) {
    for (const auto& model : checked.missing_models) {
        const auto near = nearest_offered(checked, model);
        fmt::print("the gateway does not offer \"{}\" to this key: {}\n", term_safe(model),
                   near.empty() ? "take one that `nightshift models` lists, or ask its operator"
                                : "did you mean " + alternatives(near) + "?");
    }
}

void print_cost(const TotalCost& total, const std::optional<double>& budget,
                const std::string& currency) {
    if (total.cost) {
        fmt::print("estimated cost ~{:.4g}{}{}", *total.cost, currency.empty() ? "" : " ",
                   term_safe(currency, 16));
    }
    if (total.cost && !total.unpriced.empty()) {
        fmt::print(", without {} model{} that no price is set for", total.unpriced.size(),
                   total.unpriced.size() == 1 ? "" : "s");
    }
    if (total.cost && budget) {
        fmt::print("; {} the budget of {:.6g}", *total.cost > *budget ? "more than" : "within",
                   *budget);
    }
    if (total.cost) fmt::print("\n");
    if (budget && !total.unpriced.empty()) fmt::print("{}\n", text_of_unpriced(total.unpriced));
}

void print_summary(const Checked& checked, const Config& config,
                   const std::optional<double>& budget) {
    const auto& stats = checked.stats;
    for (const auto& summary : checked.recipes) {
        fmt::print("{}", text_of(summary, config.run.currency.value_or("")));
    }
    for (const auto& [lane, count] : stats.counts) {
        fmt::print("{:<20} {:<32} {:>8} {:<5}", lane.first, term_safe(lane.second), count.tasks,
                   count.tasks == 1 ? "task" : "tasks");
        const auto& e = count.estimate;
        if (e.input_tokens > 0) fmt::print("  ~{} tokens in", e.input_tokens);
        if (e.output_tokens_max > 0) fmt::print("  <={} out", e.output_tokens_max);
        if (e.images > 0) fmt::print("  {} images", e.images);
        if (e.seconds > 0) fmt::print("  {:.0f} s of video", e.seconds);
        if (e.characters > 0) fmt::print("  {} characters", e.characters);
        const auto cost = cost_of(config.price_of(lane.second), count);
        if (cost) fmt::print("  cost ~{:.4g}", *cost);
        const auto minutes = minutes_of(config.limit_of(lane.first, lane.second), count);
        if (minutes) fmt::print("  >={:.1f} min at its limits", *minutes);
        fmt::print("\n");
    }
    print_cost(total_cost_of(stats, config), budget, config.run.currency.value_or(""));
    fmt::print("{}, {}, {}, {}\n", counted(stats.tasks, "task"),
               counted(stats.duplicates, "duplicate"), counted(checked.problems, "problem"),
               counted(checked.warnings, "warning"));
    print_missing(checked);
}

void print_json_summary(const Checked& checked, const Config& config,
                        const std::optional<double>& budget) {
    for (const auto& recipe : checked.recipes) fmt::print("{}\n", json_of(recipe));
    const auto total = total_cost_of(checked.stats, config);
    Json lanes = Json::array();
    for (const auto& [lane, count] : checked.stats.counts) {
        const auto& e = count.estimate;
        const auto cost = cost_of(config.price_of(lane.second), count);
        const auto minutes = minutes_of(config.limit_of(lane.first, lane.second), count);
        lanes.push_back({{"endpoint", lane.first},
                         {"model", lane.second},
                         {"tasks", count.tasks},
                         {"input_tokens", e.input_tokens},
                         {"output_tokens_max", e.output_tokens_max},
                         {"images", e.images},
                         {"seconds", e.seconds},
                         {"characters", e.characters},
                         {"cost", cost ? Json(*cost) : Json()},
                         {"minutes_at_limits", minutes ? Json(*minutes) : Json()}});
    }
    Json nearest = Json::object();
    for (const auto& model : checked.missing_models) {
        nearest[model] = nearest_offered(checked, model);
    }
    const Json summary = {{"type", "summary"},
                          {"schema", 1},
                          {"tasks", checked.stats.tasks},
                          {"duplicates", checked.stats.duplicates},
                          {"problems", checked.problems},
                          {"warnings", checked.warnings},
                          {"missing_models", checked.missing_models},
                          {"nearest_models", std::move(nearest)},
                          {"cost", total.cost ? Json(*total.cost) : Json()},
                          {"budget", budget ? Json(*budget) : Json()},
                          {"models_without_price", total.unpriced},
                          {"lanes", std::move(lanes)}};
    fmt::print("{}\n", summary.dump(-1, ' ', false, Json::error_handler_t::replace));
}

}  // namespace

int check_command(const Arguments& arguments) {
    const auto& check = arguments.check;
    const auto config = load_config(check.config, check.manifests);
    const bool is_found = !config.is_named && !config.file.empty();
    if (is_found && !arguments.common.quiet) {
        screen::say(stderr, announcement_of(config) + "\n");
    }
    if (is_found) require_no_loosening(config);  // as a run would
    std::optional<Credentials> credentials;
    if (check.online) {
        credentials = find_credentials(check.gateway.base_url, check.gateway.api_key_file);
        check_proxy_setting(*credentials);
    }
    const bool loopback =
        check.loopback_media || (credentials && credentials->origin.is_loopback());
    auto checked = check_files(arguments, config, loopback);
    if (is_found) require_no_free_model(config, lanes_of(checked.stats));
    const int online = credentials ? ask_online(*credentials, checked) : exit_ok;
    const auto budget = check.budget ? check.budget : config.run.budget;
    if (arguments.common.json) {
        print_json_summary(checked, config, budget);
    } else if (!arguments.common.quiet) {
        print_summary(checked, config, budget);
    }
    // A run would refuse it, too.
    const auto total = total_cost_of(checked.stats, config);
    if (budget && !total.unpriced.empty()) return exit_usage;
    if (checked.problems > 0 || !checked.missing_models.empty()) return exit_usage;
    if (online != exit_ok) return online;
    return budget && total.cost && *total.cost > *budget ? exit_quota : exit_ok;
}

}  // namespace nightshift::cli
