#include "recipe/data/file_list.hpp"

#include "base/text/glob.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <system_error>

namespace nightshift::recipe {
namespace {

namespace fs = std::filesystem;

std::vector<std::string_view> parts_of(std::string_view path) {
    std::vector<std::string_view> parts;
    while (true) {
        const auto slash = path.find('/');
        if (slash != 0 && !path.empty()) parts.push_back(path.substr(0, slash));
        if (slash == std::string_view::npos) return parts;
        path.remove_prefix(slash + 1);
    }
}

// matches[j]: the pattern so far takes the first j parts of the path.
bool parts_match(const std::vector<std::string_view>& pattern,
                 const std::vector<std::string_view>& path) {
    std::vector<bool> matches(path.size() + 1, false);
    matches[0] = true;
    for (const auto part : pattern) {
        std::vector<bool> next(path.size() + 1, false);
        for (std::size_t j = 0; j <= path.size(); ++j) {
            if (part == "**") {
                next[j] = matches[j] || (j > 0 && next[j - 1] && path[j - 1][0] != '.');
            } else if (j > 0 && matches[j - 1]) {
                const bool hidden = path[j - 1][0] == '.' && part[0] != '.';
                next[j] = !hidden && glob_matches(part, path[j - 1], '?');
            }
        }
        matches = std::move(next);
    }
    return matches[path.size()];
}

// The folder that all matches lie in: the parts before the first with a wildcard.
fs::path fixed_part(const std::string& pattern) {
    fs::path fixed;
    const auto parts = parts_of(pattern);
    for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
        if (parts[i].find_first_of("*?") != std::string_view::npos) break;
        fixed /= parts[i];
    }
    return fixed;
}

void collect_files(const Folder& folder, const std::string& pattern, std::set<std::string>& found) {
    std::error_code error;
    const fs::path begin = folder.root() / fixed_part(pattern);
    fs::recursive_directory_iterator at(begin, fs::directory_options::skip_permission_denied,
                                        error);
    for (; !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
        std::error_code unknown;
        if (!at->is_regular_file(unknown)) continue;
        const std::string path = at->path().lexically_relative(folder.root()).generic_string();
        if (path_matches(pattern, path)) found.insert(path);
    }
}

}  // namespace

bool path_matches(std::string_view pattern, std::string_view path) {
    return parts_match(parts_of(pattern), parts_of(path));
}

std::vector<std::string> matching_files(const Folder& folder,
                                        const std::vector<std::string>& patterns,
                                        const std::string& recipe, const OnProblem& on_problem) {
    std::set<std::string> found;
    for (const auto& pattern : patterns) {
        const auto parts = parts_of(pattern);
        if (pattern.starts_with('/') ||
            std::find(parts.begin(), parts.end(), "..") != parts.end()) {
            on_problem({false, recipe, 0, 0,
                        fmt::format("files: '{}' leads outside the recipe's folder", pattern),
                        "name files below it"});
            continue;
        }
        const std::size_t before = found.size();
        collect_files(folder, pattern, found);
        if (found.size() == before) {
            on_problem({false, recipe, 0, 0, fmt::format("no file is called {}", pattern),
                        "patterns begin in the recipe's folder; * stays within a folder, ** does "
                        "not"});
        }
    }
    std::vector<std::string> paths;
    for (const auto& path : found) {
        std::string what;
        if (first_bad_utf8(path)) what = "a file's name is not UTF-8";
        if (!folder.holds(folder.root() / path)) {
            what = fmt::format("'{}' is a link to a file outside the recipe's folder", path);
        }
        if (what.empty()) {
            paths.push_back(path);
        } else {
            on_problem({false, recipe, 0, 0, what, ""});
        }
    }
    return paths;
}

FileRows::FileRows(std::vector<std::string> paths)
    : paths_(std::move(paths)),
      names_(std::make_shared<const std::vector<std::string>>(
          std::vector<std::string>{"path", "name", "stem", "extension"})) {}

bool FileRows::next(Row& row) {
    if (at_ == paths_.size()) return false;
    const fs::path path = paths_[at_++];
    std::string extension = path.extension().string();
    if (!extension.empty()) extension.erase(0, 1);
    row.names = names_;
    row.cells = {Value::of_text(path.string()), Value::of_text(path.filename().string()),
                 Value::of_text(path.stem().string()), Value::of_text(extension)};
    row.file = path.string();
    row.line = 0;
    row.number = static_cast<std::int64_t>(at_);
    return true;
}

}  // namespace nightshift::recipe
