// A small file that is replaced as a whole now and then while a process runs: a reader finds the
// old text or the new one. Its folder is opened once and held, and what is written first has a name
// that nobody can foresee, so that links planted in a folder that others may write to, or another
// folder put in its place, lead nothing elsewhere.

#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace nightshift {

class ReplacedFile {
public:
    // Of a folder that is not there nothing can be written. A path without a folder is one in the
    // current folder.
    explicit ReplacedFile(const std::filesystem::path& path);
    ~ReplacedFile();
    ReplacedFile(const ReplacedFile&) = delete;
    ReplacedFile& operator=(const ReplacedFile&) = delete;

    // For its owner only. False when the disk refuses; the old text stays.
    bool replace(std::string_view text) const;

private:
    std::string name_;
    int folder_ = -1;
};

}  // namespace nightshift
