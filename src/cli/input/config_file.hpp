// nightshift.toml (contract section 7): settings of runs, limits of lanes, prices. It can set
// neither the key nor the base URL. Described for editors by schemas/config.json.

#pragma once

#include "manifest/problem.hpp"
#include "model/limit_rule.hpp"
#include "model/price.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nightshift {

// The flags of `run` that a file may set; absent: the file says nothing.
struct RunSettings {
    std::optional<int> concurrency, max_attempts;
    std::optional<double> retry_base, poll_interval, deadline, max_duration;  // seconds
    std::optional<double> budget;               // in the price table's unit
    std::optional<std::string> currency;        // label of that unit
    std::map<std::string, double> timeout;      // seconds, by endpoint or stream_idle
    std::map<std::string, std::string> resend;  // "all", "none", "N%", by endpoint
    std::optional<std::string> on_change;       // "error", "skip", "replace"
    std::optional<std::string> progress;        // "auto", "tty", "plain", "json", "none"
    std::optional<std::string> model;           // default of Gemini batch lines
    std::optional<std::string> i2v_media_type;  // "input_image" or as the vendor has it
    std::optional<std::string> outputs;         // pattern of output files (model/output_pattern)
    std::optional<std::string> log_format;      // "text", "json"
    // What writes outside the run directory, or runs a command.
    std::optional<std::string> metrics_file, log_file, on_done;
    std::optional<bool> stream, fail_fast, skip_invalid, text_files;
};

struct Config {
    std::string file;       // empty: there is none
    std::string text;       // what a run directory remembers of it
    bool is_named = false;  // by --config; else it was only found
    RunSettings run;
    std::vector<LimitRule> limits;  // in order; first match wins
    PriceTable prices;

    // nullptr when nothing matches.
    const LimitRule* limit_of(std::string_view endpoint, std::string_view model) const;
    const Price* price_of(std::string_view model) const;
};

// Reads and checks the file. Problems carry file:line:column; a config with problems that are no
// warnings must not be used. Throws UsageError when the file cannot be read.
Config read_config(const std::string& path, const std::vector<std::string>& endpoints,
                   std::vector<Problem>& problems);
// The same from text; `name` stands in messages.
Config parse_config(std::string_view text, const std::string& name,
                    const std::vector<std::string>& endpoints, std::vector<Problem>& problems);

}  // namespace nightshift
