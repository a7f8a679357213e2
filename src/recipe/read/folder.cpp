#include "recipe/read/folder.hpp"

#include "base/failure.hpp"
#include "base/input_file.hpp"
#include "recipe/text/value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

namespace nightshift::recipe {

namespace fs = std::filesystem;

Folder::Folder(const fs::path& root, const std::vector<std::string>& allowed)
    : root_(root.empty() ? fs::path(".") : root) {
    std::error_code ignored;
    folders_.push_back(fs::weakly_canonical(root_, ignored));
    for (const auto& folder : allowed) folders_.push_back(fs::weakly_canonical(folder, ignored));
}

bool Folder::holds(const fs::path& path) const {
    std::error_code error;
    const fs::path real = fs::weakly_canonical(path, error);
    if (error) return false;
    return std::any_of(folders_.begin(), folders_.end(), [&real](const fs::path& folder) {
        const auto [end, unused] =
            std::mismatch(folder.begin(), folder.end(), real.begin(), real.end());
        return end == folder.end();
    });
}

fs::path Folder::find(const std::string& path, std::string& error) const {
    const fs::path whole = root_ / path;
    if (path.empty() || path.find('\0') != std::string::npos) {
        error = "the path of a file is empty or holds a NUL";
        return {};
    }
    if (!holds(whole)) {
        error = fmt::format("'{}' is outside the recipe's folder; --allow-files DIR adds a folder",
                            path);
        return {};
    }
    std::error_code code;
    const auto status = fs::status(whole, code);
    if (!fs::exists(status)) {
        error = fmt::format("'{}' is not there", path);
        return {};
    }
    if (!fs::is_regular_file(status)) {
        error = fmt::format("'{}' is not a file", path);
        return {};
    }
    return whole;
}

std::string Folder::read(const std::string& path, std::size_t most_bytes,
                         std::string& error) const {
    const fs::path whole = find(path, error);
    if (whole.empty()) return {};
    std::string text;
    try {
        text = read_input(whole.string(), most_bytes);
    } catch (const UsageError& problem) {
        error = problem.what();
        return {};
    }
    if (const auto bad = first_bad_utf8(text)) {
        error = fmt::format("byte {} of {} is not UTF-8", *bad, path);
        return {};
    }
    if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
    return text;
}

}  // namespace nightshift::recipe
