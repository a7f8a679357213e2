// The configuration that a run directory was loaded with. Without it a resumed night would run
// without its budget, limits and prices. Kept in DIR/.nightshift/config.json, read without the
// queue; what runs commands or writes elsewhere (on_done, metrics_file, log_file) is not kept and
// always needs --config.

#pragma once

#include "cli/input/arguments.hpp"
#include "cli/input/config_file.hpp"
#include "files/artifact_file.hpp"

#include <optional>
#include <string>

namespace nightshift::cli {

struct RememberedConfig {
    std::string path;       // absolute
    std::string text;       // TOML, as it was when the directory was last run with it
    bool is_named = false;  // by --config, not only found beside the manifest
};

// Nothing when the directory has none, or it cannot be read.
std::optional<RememberedConfig> remembered_config(const RunFolders& folders);

// Throws StorageError. Nothing is kept of a configuration without a file.
void remember_config(const RunFolders& folders, const Config& config);

// The configuration of a run: --config; else nightshift.toml beside the first manifest; else the
// one that the directory remembers, read again from its path, or as remembered when that file is
// gone (told on stderr unless `quiet`; only from a folder of this user); else nightshift.toml in
// the current folder, or nothing. Prints its warnings; throws UsageError for problems.
Config config_of_run(const RunArguments& run, const RunFolders& folders, bool quiet);

// The same for commands on a run directory; their last resort lies beside it.
Config config_of_dir(const std::string& flag, const RunFolders& folders);

}  // namespace nightshift::cli
