#include "cli/input/found_config.hpp"

#include "base/bounds.hpp"
#include "base/failure.hpp"
#include "base/text/shell_word.hpp"
#include "base/text/terminal_text.hpp"
#include "engine/retry/resend.hpp"
#include "jobs/job_table.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <array>

namespace nightshift::cli {
namespace {

constexpr double timeout_min_s = 1;

struct PriceField {
    const char* name;
    std::optional<double> Price::*value;
};

constexpr std::array price_fields = {
    PriceField{"input_per_mtok", &Price::input_per_mtok},
    PriceField{"output_per_mtok", &Price::output_per_mtok},
    PriceField{"cached_input_per_mtok", &Price::cached_input_per_mtok},
    PriceField{"cache_write_per_mtok", &Price::cache_write_per_mtok},
    PriceField{"per_image", &Price::per_image},
    PriceField{"per_second", &Price::per_second},
    PriceField{"per_character", &Price::per_character},
    PriceField{"per_task", &Price::per_task},
};

[[noreturn]] void refuse(const Config& config, const std::string& setting, const char* because) {
    throw UsageError(fmt::format(
        "{}: \"{}\" is not taken from a file that was only found beside the manifest: {}; look at "
        "it, and name it: --config {}",
        term_safe(config.file), term_safe(setting, 120), because, shell_word(config.file)));
}

// More than the endpoint's default: what may be paid twice.
bool resends_more(const std::string& endpoint, const std::string& word) {
    const auto* job = find_job(endpoint);
    if (job == nullptr) return true;
    const auto rule = ResendRule::parse(word);
    const auto preset = ResendRule::of(job->resend);
    if (preset.all) return false;
    return rule.all || rule.percent > preset.percent;
}

// Of a task of this endpoint.
double cost_of_one(const Price& price, const std::string& endpoint) {
    const auto* job = find_job(endpoint);
    const auto group = job == nullptr ? Group::text : job->group;
    Estimate one;
    const bool makes_text = group == Group::text || group == Group::image;
    one.input_tokens = 1'000'000;
    one.images = group == Group::image || endpoint == "generate_content" ? 1 : 0;
    one.seconds = group == Group::video ? 1 : 0;
    one.characters = group == Group::speech ? 1 : 0;
    return estimated_cost(price, one, makes_text ? 1e6 : 0);
}

std::string joined(const std::string& text, const std::string& more) {
    return text.empty() ? more : text + ", " + more;
}

}  // namespace

std::string announcement_of(const Config& config) {
    std::string settings;
    const auto add = [&settings](std::string_view name, const auto& value) {
        if (value) settings = joined(settings, fmt::format("{} = {}", name, *value));
    };
    add("max_attempts", config.run.max_attempts);
    add("retry_base", config.run.retry_base);
    add("budget", config.run.budget);
    add("max_duration", config.run.max_duration);
    add("deadline", config.run.deadline);
    for (const auto& [endpoint, rule] : config.run.resend) {
        settings = joined(settings, fmt::format("resend {} = {}", endpoint, rule));
    }
    for (const auto& [endpoint, seconds] : config.run.timeout) {
        settings = joined(settings, fmt::format("timeout {} = {} s", endpoint, seconds));
    }
    if (!config.limits.empty()) {
        settings = joined(settings, fmt::format("{} limits", config.limits.size()));
    }
    for (const auto& [model, price] : config.prices) {
        settings = joined(settings, "the price of " + term_safe(model, 60));
    }
    return fmt::format("configuration: {}, found beside the manifest{}{}", term_safe(config.file),
                       settings.empty() ? "" : ", sets ", term_safe(settings, 400));
}

void require_no_loosening(const Config& config) {
    const auto& run = config.run;
    if (run.on_done) refuse(config, "on_done", "it would run a command");
    if (run.metrics_file) refuse(config, "metrics_file", "it would write a file elsewhere");
    if (run.log_file) refuse(config, "log_file", "it would write a file elsewhere");
    if (run.max_attempts.value_or(0) > limits::attempts_max) {
        refuse(config, "max_attempts", "more attempts than the default may be paid for");
    }
    for (const auto& [endpoint, rule] : run.resend) {
        if (resends_more(endpoint, rule)) {
            refuse(config, "resend." + endpoint, "more may be paid twice than by default");
        }
    }
    for (const auto& [endpoint, seconds] : run.timeout) {
        if (seconds < timeout_min_s) {
            refuse(config, "timeout." + endpoint, "below a second, paid answers would be missed");
        }
    }
}

void require_no_free_model(const Config& config, const LaneNames& lanes) {
    for (const auto& [endpoint, model] : lanes) {
        const auto* price = config.price_of(model);
        if (price == nullptr || cost_of_one(*price, endpoint) > 0) continue;
        refuse(config, "price." + model,
               "by it the tasks cost nothing, and --budget would pass "
               "them all");
    }
}

void remember_prices(Store& store, const Config& config, bool is_named) {
    LaneNames lanes;
    for (const auto& count : store.counts()) {
        if (!is_terminal(count.state)) lanes.emplace(count.endpoint, count.model);
    }
    if (!is_named) require_no_free_model(config, lanes);
    std::map<std::string, std::string> changed;
    for (const auto& [endpoint, model] : lanes) {
        const auto* price = config.price_of(model);
        if (price == nullptr) continue;
        const auto key = "price." + model;
        const auto text = store.meta(key);
        const auto before = nlohmann::json::parse(text, nullptr, false);
        nlohmann::json now = nlohmann::json::object();
        for (const auto& field : price_fields) {
            const auto value = (*price).*field.value;
            if (value) now[field.name] = *value;
            if (is_named || !before.is_object()) continue;
            const auto old = before.find(field.name);
            const bool is_lower =
                old != before.end() && old->is_number() && value.value_or(0) < old->get<double>();
            if (is_lower) {
                refuse(config, key, "the run directory knows a higher price of this model");
            }
        }
        if (now.dump() != text) changed[key] = now.dump();
    }
    if (changed.empty()) return;
    store.transact([&] {
        for (const auto& [key, text] : changed) store.set_meta(key, text);
    });
}

}  // namespace nightshift::cli
