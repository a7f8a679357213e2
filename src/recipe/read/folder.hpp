// The files that a recipe may read: those of its own folder, and of folders that the user allows.
// A recipe of somebody else, or a cell of its data, must not send other files to a gateway.

#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace nightshift::recipe {

class Folder {
public:
    // `root`: of the recipe; relative paths begin there. `allowed`: folders besides.
    explicit Folder(const std::filesystem::path& root,
                    const std::vector<std::string>& allowed = {});

    // Where a path leads; empty, with the reason in `error`, when it is not there, no regular file
    // or leads outside, links followed.
    std::filesystem::path find(const std::string& path, std::string& error) const;
    // All of a file that `find` finds; empty, with `error` set, when it cannot be read or is larger
    // or not UTF-8.
    std::string read(const std::string& path, std::size_t most_bytes, std::string& error) const;

    const std::filesystem::path& root() const { return root_; }
    // Whether a path, links followed, lies in one of the folders.
    bool holds(const std::filesystem::path& path) const;

private:
    std::filesystem::path root_;
    std::vector<std::filesystem::path> folders_;  // links resolved
};

}  // namespace nightshift::recipe
