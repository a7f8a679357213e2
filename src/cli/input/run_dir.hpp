// Which folder is a manifest's run directory where -o does not say.

#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace nightshift::cli {

struct DefaultDir {
    std::filesystem::path path;
    // Lies in the current folder, where older versions put it, instead of beside the manifest.
    bool is_older = false;
};

// "<first manifest's stem>.run" beside the manifest, in the current folder for stdin;
// "<stem>.sandbox.run" of a sandbox run. `manifests` is not empty.
DefaultDir default_dir(const std::vector<std::string>& manifests, bool sandbox);

}  // namespace nightshift::cli
