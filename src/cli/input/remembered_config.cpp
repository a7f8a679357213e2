#include "cli/input/remembered_config.hpp"

#include "base/disk.hpp"
#include "base/text/terminal_text.hpp"
#include "cli/input/settings.hpp"
#include "screen/terminal.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sys/stat.h>
#include <unistd.h>

namespace nightshift::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

fs::path file_of(const RunFolders& folders) {
    return folders.hidden() / "config.json";
}

bool is_file(const fs::path& path) {
    std::error_code error;
    return fs::is_regular_file(path, error);
}

// What a folder of another user says is not taken for what this user once chose.
bool is_own(const RunFolders& folders) {
    struct stat facts {};
    return ::stat(folders.hidden().c_str(), &facts) == 0 && facts.st_uid == ::geteuid();
}

// From its path, which may have been edited since; as remembered when it is gone there.
Config read_again(const RememberedConfig& remembered, const RunFolders& folders, bool quiet) {
    const auto dir = term_safe(folders.root.string());
    const bool is_gone = !is_file(remembered.path);
    auto config = is_gone ? checked_config(remembered.text, remembered.path)
                          : checked_config_at(remembered.path);
    config.is_named = remembered.is_named;
    if (quiet) return config;
    const bool is_edited = !is_gone && config.text != remembered.text;
    const auto* const remark = is_gone     ? "; that file is gone, what was in it is used"
                               : is_edited ? "; it was edited since"
                                           : "";
    screen::say(stderr, fmt::format("configuration: {}, as {} was loaded with{}\n",
                                    term_safe(remembered.path), dir, remark));
    return config;
}

}  // namespace

std::optional<RememberedConfig> remembered_config(const RunFolders& folders) {
    std::ifstream file(file_of(folders), std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const auto json = Json::parse(text, nullptr, false);
    if (!json.is_object()) return std::nullopt;
    const auto text_of = [&json](const char* name) {
        const auto found = json.find(name);
        return found != json.end() && found->is_string() ? found->get<std::string>() : "";
    };
    const auto named = json.find("named");
    RememberedConfig remembered{.path = text_of("path"),
                                .text = text_of("text"),
                                .is_named = named != json.end() && *named == true};
    return remembered.path.empty() ? std::nullopt : std::optional(std::move(remembered));
}

void remember_config(const RunFolders& folders, const Config& config) {
    if (config.file.empty()) return;
    const auto path = fs::absolute(config.file).lexically_normal().string();
    const auto before = remembered_config(folders);
    if (before && before->path == path && before->text == config.text &&
        before->is_named == config.is_named) {
        return;
    }
    const Json json = {
        {"schema", 1}, {"path", path}, {"named", config.is_named}, {"text", config.text}};
    write_whole(*folders.disk, file_of(folders),
                json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n");
}

Config config_of_run(const RunArguments& run, const RunFolders& folders, bool quiet) {
    if (!run.config.empty()) return load_config(run.config, {});
    if (!run.manifests.empty()) {
        auto found = load_config("", run.manifests);
        if (!found.file.empty()) return found;
    }
    const auto remembered = remembered_config(folders);
    if (remembered && is_own(folders)) return read_again(*remembered, folders, quiet);
    return load_config("", {});
}

Config config_of_dir(const std::string& flag, const RunFolders& folders) {
    if (!flag.empty()) return load_config(flag, {});
    const auto remembered = remembered_config(folders);
    if (remembered && is_own(folders)) return read_again(*remembered, folders, true);
    const auto dir = fs::absolute(folders.root / ".").lexically_normal();
    return load_config("", {dir.parent_path().string()});
}

}  // namespace nightshift::cli
