// Flags, then environment (CLI11 puts both into the arguments), then nightshift.toml, then
// defaults.

#pragma once

#include "cli/input/arguments.hpp"
#include "cli/input/config_file.hpp"
#include "engine/run/ports.hpp"
#include "storage/store.hpp"

#include <string>

namespace nightshift::cli {

struct Settings {
    EngineOptions engine;
    OnChange on_change = OnChange::error;
    std::string progress = "auto";
    std::string default_model;
    std::string i2v_image_type;
    std::string metrics_file, log_file, on_done;  // empty: none, the run directory's own, none
    std::string log_format = "text";
    unsigned ledger_mode = 0600;  // of a ledger.jsonl that is made
    bool stream = false;
    bool skip_invalid = false;
};

// A configuration from text, or from its file. Prints its warnings; throws UsageError for problems.
Config checked_config(const std::string& text, const std::string& name);
Config checked_config_at(const std::string& path);

// The configuration of a command: the flag's file, else nightshift.toml beside the first manifest
// (or in the current folder), else nothing. Prints its warnings; throws UsageError for problems.
Config load_config(const std::string& flag, const std::vector<std::string>& manifests);

// Throws UsageError when a file that --config did not name runs a command or writes elsewhere.
void require_named(const Config& config);

// Throws UsageError for values that make no sense, and for those that only a file named by --config
// may set: what came with somebody's manifest runs nothing and writes nowhere else.
Settings settle(const RunArguments& run, const Config& config);

}  // namespace nightshift::cli
