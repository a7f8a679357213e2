#include "cli/input/config_file.hpp"

#include "base/failure.hpp"
#include "base/input_file.hpp"
#include "base/text/did_you_mean.hpp"
#include "base/text/duration.hpp"
#include "base/text/glob.hpp"
#include "model/output_pattern.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <functional>

namespace nightshift {
namespace {

// Names that would set the key or the base URL; refused wherever they stand (contract section 2).
const std::vector<std::string> forbidden = {"api_key", "api-key",      "apikey",   "key",
                                            "token",   "api_key_file", "base_url", "base-url",
                                            "url",     "authorization"};

bool is_resend(std::string_view text) {
    if (text == "all" || text == "none") return true;
    if (text.size() < 2 || text.back() != '%') return false;
    text.remove_suffix(1);
    const bool digits = text.find_first_not_of("0123456789.") == std::string_view::npos;
    return digits && std::count(text.begin(), text.end(), '.') <= 1 && text.front() != '.' &&
           text.size() <= 8 && std::stod(std::string(text)) <= 100;
}

// Without what runs a command or writes elsewhere: it may hold a secret, such as the address of a
// chat's hook, and is never taken from what a run directory remembers.
std::string remembered_text(toml::table root) {
    if (auto* const run = root["run"].as_table()) {
        for (const auto* name : {"on_done", "metrics_file", "log_file"}) run->erase(name);
    }
    std::ostringstream text;
    text << root << '\n';
    return text.str();
}

// Walks the tables; every function reads one kind of value and complains at its place.
class ConfigReader {
public:
    ConfigReader(const std::string& name, const std::vector<std::string>& endpoints,
                 std::vector<Problem>& problems)
        : name_(name), endpoints_(endpoints), problems_(problems) {}

    void read(const toml::table& root, Config& config) {
        for (const auto& [key, node] : root) {
            const std::string name(key.str());
            if (name == "run" && node.is_table()) {
                run(*node.as_table(), config.run);
            } else if (name == "limit" && node.is_array_of_tables()) {
                for (const auto& each : *node.as_array()) limit(*each.as_table(), config);
            } else if (name == "price" && node.is_table()) {
                prices(*node.as_table(), config);
            } else if (name == "run" || name == "limit" || name == "price") {
                complain(node.source(), fmt::format("\"{}\" has a wrong form", name),
                         name == "limit" ? "write [[limit]]" : fmt::format("write [{}]", name));
            } else {
                unknown(name, key.source(), {"run", "limit", "price"}, "the file");
            }
        }
    }

    void complain(const toml::source_region& where, std::string what, std::string what_to_do) {
        problems_.push_back({false, name_, where.begin.line, where.begin.column, std::move(what),
                             std::move(what_to_do)});
    }

private:
    using Node = toml::node;
    using Setter = std::function<void(const Node&)>;
    using Setters = std::vector<std::pair<std::string, Setter>>;

    void table(const toml::table& table, const Setters& setters, const std::string& where) {
        for (const auto& [key, node] : table) {
            const std::string name(key.str());
            const auto found = std::find_if(setters.begin(), setters.end(),
                                            [&](const auto& each) { return each.first == name; });
            if (found != setters.end()) {
                name_of_value_ = name;
                found->second(node);
                continue;
            }
            std::vector<std::string> names;
            for (const auto& each : setters) names.push_back(each.first);
            unknown(name, key.source(), names, where);
        }
    }

    void unknown(const std::string& name, const toml::source_region& where,
                 const std::vector<std::string>& names, const std::string& table) {
        if (std::find(forbidden.begin(), forbidden.end(), name) != forbidden.end()) {
            return complain(where, fmt::format("a configuration file cannot set \"{}\"", name),
                            "give key and base URL by NIGHTSHIFT_API_KEY and NIGHTSHIFT_BASE_URL, "
                            "or by --api-key-file and --base-url");
        }
        std::string known;
        for (const auto& each : names) known += (known.empty() ? "" : ", ") + each;
        const std::string* near = nearest_of(name, names);
        complain(where, fmt::format("unknown key \"{}\" in {}", name, table),
                 near != nullptr ? fmt::format("did you mean \"{}\"?", *near) : "known: " + known);
    }

    Setter integer(std::optional<int>& to, int least, int most) {
        return [this, &to, least, most](const Node& node) {
            const auto value = node.value_exact<std::int64_t>();
            if (value && *value >= least && *value <= most) {
                to = static_cast<int>(*value);
            } else {
                complain(node.source(),
                         fmt::format("\"{}\" must be an integer from {} to {}", name_of_value_,
                                     least, most),
                         "");
            }
        };
    }

    Setter number(std::optional<double>& to, double least, double most) {
        return [this, &to, least, most](const Node& node) {
            const auto value = node.value<double>();
            if (value && node.is_number() && *value >= least && *value <= most) {
                to = *value;
            } else {
                complain(node.source(),
                         fmt::format("\"{}\" must be a number from {} to {}", name_of_value_, least,
                                     most),
                         "");
            }
        };
    }

    // A number of seconds, or a text such as "8h".
    Setter duration(std::optional<double>& to, double least, double most) {
        return [this, &to, least, most](const Node& node) {
            const auto text = node.value_exact<std::string>();
            const auto value = text               ? seconds_in(*text)
                               : node.is_number() ? node.value<double>()
                                                  : std::nullopt;
            if (value && *value >= least && *value <= most) {
                to = *value;
            } else {
                complain(node.source(),
                         fmt::format("\"{}\" must be a duration from {} to {} seconds",
                                     name_of_value_, least, most),
                         "write seconds, or such as \"90s\", \"30m\", \"8h\"");
            }
        };
    }

    Setter boolean(std::optional<bool>& to) {
        return [this, &to](const Node& node) {
            to = node.value_exact<bool>();
            if (!to) {
                complain(node.source(), fmt::format("\"{}\" must be true or false", name_of_value_),
                         "");
            }
        };
    }

    Setter text(std::optional<std::string>& to, std::vector<std::string> words = {}) {
        return [this, &to, words = std::move(words)](const Node& node) {
            to = node.value_exact<std::string>();
            if (to && !to->empty() &&
                (words.empty() || std::find(words.begin(), words.end(), *to) != words.end())) {
                return;
            }
            to.reset();
            std::string known;
            for (const auto& each : words) known += (known.empty() ? "" : ", ") + each;
            complain(node.source(),
                     fmt::format("\"{}\" must be {}", name_of_value_,
                                 words.empty() ? "a text" : "one of " + known),
                     "");
        };
    }

    Setter pattern(std::optional<std::string>& to) {
        return [this, &to](const Node& node) {
            const auto value = node.value_exact<std::string>();
            const auto wrong = value ? wrong_with_output_pattern(*value)
                                     : "it must be text such as \"{tag}/{id}\"";
            if (!wrong.empty()) return complain(node.source(), "\"outputs\": " + wrong, "");
            to = *value;
        };
    }

    // A table by endpoint; `one` reads the value for an endpoint.
    Setter by_endpoint(std::function<void(const std::string&, const Node&)> one) {
        return [this, one = std::move(one)](const Node& node) {
            const std::string where = name_of_value_;
            if (!node.is_table()) {
                return complain(node.source(), fmt::format("\"{}\" must be a table", where),
                                fmt::format("write [run.{}] and a line for each endpoint", where));
            }
            for (const auto& [key, value] : *node.as_table()) {
                const std::string name(key.str());
                const bool idle = where == "timeout" && name == "stream_idle";
                const auto known = std::find(endpoints_.begin(), endpoints_.end(), name);
                if (known == endpoints_.end() && !idle) {
                    unknown(name, key.source(), endpoints_, "run." + where);
                } else {
                    one(name, value);
                }
            }
        };
    }

    void run(const toml::table& settings, RunSettings& run) {
        static constexpr double week_s = 7 * 24 * 3600;
        const auto timeout = [this, &run](const std::string& endpoint, const Node& node) {
            std::optional<double> seconds;
            name_of_value_ = endpoint;
            duration(seconds, 0.001, week_s)(node);
            if (seconds) run.timeout[endpoint] = *seconds;
        };
        const auto resend = [this, &run](const std::string& endpoint, const Node& node) {
            const auto value = node.value_exact<std::string>();
            if (value && is_resend(*value)) {
                run.resend[endpoint] = *value;
            } else {
                complain(node.source(),
                         fmt::format("\"{}\" must be \"all\", \"none\" or a share "
                                     "such as \"1%\"",
                                     endpoint),
                         "");
            }
        };
        table(settings,
              {{"concurrency", integer(run.concurrency, 1, 100'000)},
               {"max_attempts", integer(run.max_attempts, 1, 1000)},
               {"retry_base", duration(run.retry_base, 0, 3600)},
               {"poll_interval", duration(run.poll_interval, 0.01, 3600)},
               {"deadline", duration(run.deadline, 1, 10 * week_s)},
               {"max_duration", duration(run.max_duration, 1, 100 * week_s)},
               {"budget", number(run.budget, 0, 1e15)},
               {"currency", text(run.currency)},
               {"timeout", by_endpoint(timeout)},
               {"resend", by_endpoint(resend)},
               {"on_change", text(run.on_change, {"error", "skip", "replace"})},
               {"progress", text(run.progress, {"auto", "tty", "plain", "json", "none"})},
               {"model", text(run.model)},
               {"i2v_media_type", text(run.i2v_media_type)},
               {"metrics_file", text(run.metrics_file)},
               {"log_file", text(run.log_file)},
               {"outputs", pattern(run.outputs)},
               {"log_format", text(run.log_format, {"text", "json"})},
               {"on_done", text(run.on_done)},
               {"stream", boolean(run.stream)},
               {"fail_fast", boolean(run.fail_fast)},
               {"skip_invalid", boolean(run.skip_invalid)},
               {"text_files", boolean(run.text_files)}},
              "[run]");
    }

    void limit(const toml::table& settings, Config& config) {
        LimitRule rule;
        std::optional<std::string> match, endpoint;
        table(settings,
              {{"match", text(match)},
               {"endpoint", text(endpoint, endpoints_)},
               {"requests_per_minute", number(rule.requests_per_minute, 0.001, 1e9)},
               {"tokens_per_minute", number(rule.tokens_per_minute, 1, 1e12)},
               {"concurrency", integer(rule.concurrency, 1, 100'000)},
               {"remote_tasks", integer(rule.remote_tasks, 1, 100'000)},
               {"burst", integer(rule.burst, 1, 100'000)}},
              "[[limit]]");
        rule.match = match.value_or("");
        rule.endpoint = endpoint.value_or("");
        if (!settings.contains("match") && !settings.contains("endpoint")) {
            complain(settings.source(), "a [[limit]] names neither \"match\" nor \"endpoint\"",
                     "add match = \"*\" for every model");
        }
        config.limits.push_back(std::move(rule));
    }

    void prices(const toml::table& models, Config& config) {
        for (const auto& [key, node] : models) {
            const std::string model(key.str());
            if (!node.is_table()) {
                complain(node.source(), fmt::format("the price of \"{}\" must be a table", model),
                         fmt::format("write [price.\"{}\"]", model));
                continue;
            }
            Price price;
            table(*node.as_table(),
                  {{"input_per_mtok", number(price.input_per_mtok, 0, 1e9)},
                   {"output_per_mtok", number(price.output_per_mtok, 0, 1e9)},
                   {"cached_input_per_mtok", number(price.cached_input_per_mtok, 0, 1e9)},
                   {"cache_write_per_mtok", number(price.cache_write_per_mtok, 0, 1e9)},
                   {"per_image", number(price.per_image, 0, 1e9)},
                   {"per_second", number(price.per_second, 0, 1e9)},
                   {"per_character", number(price.per_character, 0, 1e9)},
                   {"per_task", number(price.per_task, 0, 1e9)}},
                  fmt::format("[price.\"{}\"]", model));
            config.prices.emplace_back(model, price);
        }
    }

    const std::string& name_;
    const std::vector<std::string>& endpoints_;
    std::vector<Problem>& problems_;
    std::string name_of_value_;
};

}  // namespace

const LimitRule* Config::limit_of(std::string_view endpoint, std::string_view model) const {
    for (const auto& rule : limits) {
        if (!rule.endpoint.empty() && rule.endpoint != endpoint) continue;
        if (!rule.match.empty() && !glob_matches(rule.match, model)) continue;
        if (rule.endpoint.empty() && rule.match.empty()) continue;
        return &rule;
    }
    return nullptr;
}

const Price* Config::price_of(std::string_view model) const {
    return nightshift::price_of(prices, model);
}

Config parse_config(std::string_view text, const std::string& name,
                    const std::vector<std::string>& endpoints, std::vector<Problem>& problems) {
    Config config;
    config.file = name;
    ConfigReader reader(name, endpoints, problems);
    try {
        const toml::table root = toml::parse(text, name);
        reader.read(root, config);
        config.text = remembered_text(root);
    } catch (const toml::parse_error& error) {
        reader.complain(error.source(), std::string(error.description()), "see https://toml.io");
    }
    return config;
}

Config read_config(const std::string& path, const std::vector<std::string>& endpoints,
                   std::vector<Problem>& problems) {
    constexpr std::size_t config_bytes_max = 4u << 20;
    return parse_config(read_input(path, config_bytes_max), path, endpoints, problems);
}

}  // namespace nightshift
