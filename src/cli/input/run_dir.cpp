#include "cli/input/run_dir.hpp"

#include "base/input_file.hpp"
#include "files/artifact_file.hpp"

namespace nightshift::cli {
namespace {

namespace fs = std::filesystem;

bool is_there(const fs::path& path) {
    std::error_code error;
    return fs::exists(path, error);
}

std::string stem_of(const fs::path& manifest) {
    auto name = manifest.filename();
    for (const auto* ending : {".gz", ".zst"}) {
        if (name.extension() == ending) name = name.stem();
    }
    return name.stem().string();
}

}  // namespace

DefaultDir default_dir(const std::vector<std::string>& manifests, bool sandbox) {
    const auto* const ending = sandbox ? ".sandbox.run" : ".run";
    const fs::path manifest = manifests.front();
    if (is_handed_over(manifest.string())) return {std::string("stdin") + ending};
    const fs::path name = stem_of(manifest) + ending;
    const auto beside = manifest.parent_path() / name;
    const bool is_elsewhere =
        !beside.parent_path().empty() && !is_there(beside) && is_there(RunFolders{name}.queue());
    // With a manifest of that name beside it, the folder is that one's.
    if (is_elsewhere && !is_there(manifest.filename())) return {name, true};
    return {beside, false};
}

}  // namespace nightshift::cli
