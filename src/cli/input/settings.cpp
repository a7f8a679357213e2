#include "cli/input/settings.hpp"

#include "base/bounds.hpp"
#include "base/failure.hpp"
#include "base/input_file.hpp"
#include "base/text/duration.hpp"
#include "base/text/shell_word.hpp"
#include "base/text/terminal_text.hpp"
#include "cli/input/found_config.hpp"
#include "cli/input/selection.hpp"
#include "jobs/job_table.hpp"
#include "screen/terminal.hpp"

#include <charconv>
#include <filesystem>

namespace nightshift::cli {
namespace {

// The rehearsal's videos take seconds, so it is polled more often.
constexpr double sandbox_poll_interval_s = 0.2;

double seconds_of(const std::string& flag, const std::string& text) {
    const auto value = seconds_in(text);
    if (!value || !(*value > 0) || *value > 1e7) {
        throw UsageError(flag + ": \"" + term_safe(text, 80) +
                         "\" is not a duration above 0 such as 90s, 30m, 8h");
    }
    return *value;
}

// "640": the owner reads and writes, no user executes.
unsigned mode_in(const std::string& text) {
    unsigned mode = 0;
    const auto* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, mode, 8);
    if (error != std::errc() || rest != end || (mode & 0600) != 0600 || (mode & ~0666u) != 0) {
        throw UsageError("--ledger-mode: \"" + text + "\" is not a mode such as 600, 640 or 644");
    }
    return mode;
}

template <class Value>
Value first_of(const std::optional<Value>& flag, const std::optional<Value>& file, Value preset) {
    return flag ? *flag : file.value_or(preset);
}

OnChange on_change_of(const std::string& word) {
    if (word == "skip") return OnChange::skip;
    return word == "replace" ? OnChange::replace : OnChange::error;
}

// Found before anything is loaded. A metrics file is replaced as a whole, and so would be a device.
void require_files(const RunArguments& run, const Settings& settings) {
    if (!run.sandbox_faults.empty()) require_readable("--sandbox-faults", run.sandbox_faults);
    if (!run.sandbox_limits.empty()) require_readable("--sandbox-limits", run.sandbox_limits);
    if (!settings.metrics_file.empty()) require_writable("--metrics-file", settings.metrics_file);
    std::error_code error;
    const bool is_device = std::filesystem::is_character_file(settings.log_file, error);
    if (!settings.log_file.empty() && !is_device) {
        require_writable("--log-file", settings.log_file);  // /dev/null takes a log
    }
}

// What shapes the stand-in gateway must never go to a real one unnoticed.
void require_sandbox(const RunArguments& run) {
    if (run.sandbox) return;
    const auto* flag = !run.sandbox_faults.empty()   ? "--sandbox-faults"
                       : !run.sandbox_limits.empty() ? "--sandbox-limits"
                       : run.sandbox_speed           ? "--sandbox-speed"
                                                     : nullptr;
    if (flag == nullptr) return;
    throw UsageError(std::string(flag) +
                     " is only for sandbox runs: add --sandbox, or leave it out for the real "
                     "gateway");
}

std::vector<std::string> endpoint_words() {
    std::vector<std::string> words;
    for (const auto& entry : job_table()) words.emplace_back(entry.job.endpoint);
    return words;
}

// Throws when there is one that is no warning.
void report(const std::vector<Problem>& problems) {
    std::string refusals;
    for (const auto& problem : problems) {
        if (problem.warning) {
            screen::say(stderr, problem.text() + " (warning)\n");
        } else {
            refusals += (refusals.empty() ? "" : "\n") + problem.text();
        }
    }
    if (!refusals.empty()) throw UsageError(refusals);
}

}  // namespace

Config checked_config(const std::string& text, const std::string& name) {
    std::vector<Problem> problems;
    auto config = parse_config(text, name, endpoint_words(), problems);
    report(problems);
    return config;
}

Config checked_config_at(const std::string& path) {
    std::error_code error;
    if (std::filesystem::is_directory(path, error)) {
        throw UsageError(path + " is a folder; give the file, such as " +
                         (std::filesystem::path(path) / "nightshift.toml").string());
    }
    std::vector<Problem> problems;
    auto config = read_config(path, endpoint_words(), problems);
    report(problems);
    return config;
}

Config load_config(const std::string& flag, const std::vector<std::string>& manifests) {
    if (!flag.empty()) {
        auto config = checked_config_at(flag);
        config.is_named = true;
        return config;
    }
    std::filesystem::path path;
    if (!manifests.empty() && !is_handed_over(manifests.front())) {
        path = std::filesystem::path(manifests.front()).parent_path();
    }
    path /= "nightshift.toml";
    std::error_code error;
    if (!std::filesystem::exists(path, error)) return {};
    return checked_config_at(path.string());
}

void require_named(const Config& config) {
    const auto& file = config.run;
    const auto* key = file.on_done        ? "on_done"
                      : file.metrics_file ? "metrics_file"
                      : file.log_file     ? "log_file"
                                          : nullptr;
    if (key == nullptr) return;
    throw UsageError(config.file + ": \"" + key +
                     "\" is only taken from a file that the command names, not from one that was "
                     "found or remembered; look at it, and add --config " +
                     shell_word(config.file));
}

Settings settle(const RunArguments& run, const Config& config) {
    if (run.config.empty()) require_named(config);
    if (!config.is_named && !config.file.empty()) require_no_loosening(config);
    require_sandbox(run);
    const auto& file = config.run;
    Settings settings;
    auto& engine = settings.engine;
    engine.concurrency = first_of(run.concurrency, file.concurrency, limits::concurrency);
    engine.retry.attempts_max = first_of(run.max_attempts, file.max_attempts, limits::attempts_max);
    engine.retry.base_s = first_of(run.retry_base, file.retry_base, limits::retry_base_s);
    engine.poll_interval_s =
        first_of(run.poll_interval, file.poll_interval,
                 run.sandbox ? sandbox_poll_interval_s : limits::poll_interval_s);
    engine.deadline_s = first_of(run.deadline, file.deadline, limits::deadline_s);
    engine.max_duration_s = first_of(run.max_duration, file.max_duration, 0.0);
    engine.budget = run.budget ? run.budget : file.budget;
    engine.fail_fast = first_of(run.fail_fast, file.fail_fast, false);
    engine.text_files = first_of(run.text_files, file.text_files, false);
    engine.outputs = file.outputs.value_or("");
    engine.limits = config.limits;
    engine.prices = config.prices;
    engine.currency = file.currency.value_or("");
    engine.timeout_s = file.timeout;
    for (const auto& each : run.timeout) {
        const auto [endpoint, value] = name_and_value("--timeout", each);
        if (endpoint != stream_idle_word) require_endpoint("--timeout", endpoint);
        engine.timeout_s[endpoint] = seconds_of("--timeout", value);
    }
    for (const auto& [endpoint, rule] : file.resend) {
        engine.resend[endpoint] = ResendRule::parse(rule);
    }
    for (const auto& each : run.resend) {
        const auto [endpoint, rule] = name_and_value("--resend", each);
        require_endpoint("--resend", endpoint);
        engine.resend[endpoint] = ResendRule::parse(rule);
    }
    settings.on_change =
        on_change_of(first_of(run.on_change, file.on_change, std::string("error")));
    settings.progress = first_of(run.progress, file.progress, std::string("auto"));
    settings.default_model = first_of(run.model, file.model, std::string());
    settings.i2v_image_type = file.i2v_media_type.value_or("");
    if (run.ledger_mode) settings.ledger_mode = mode_in(*run.ledger_mode);
    settings.metrics_file = first_of(run.metrics_file, file.metrics_file, std::string());
    settings.log_file = first_of(run.log_file, file.log_file, std::string());
    require_files(run, settings);
    settings.log_format = first_of(run.log_format, file.log_format, std::string("text"));
    settings.on_done = first_of(run.on_done, file.on_done, std::string());
    settings.stream = first_of(run.stream, file.stream, false);
    settings.skip_invalid = first_of(run.skip_invalid, file.skip_invalid, false);
    return settings;
}

}  // namespace nightshift::cli
