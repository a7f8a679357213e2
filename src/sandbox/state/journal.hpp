// An append-only file of JSON lines. One record is one write(2) with O_APPEND, so a killed process
// leaves whole lines and at most one torn last line, which is cut off when the file is opened
// again.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace nightshift::sandbox {

class Journal {
public:
    // Empty path: an unnamed temporary file. Throws std::runtime_error when it cannot be opened.
    explicit Journal(const std::filesystem::path& path);
    ~Journal();
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;

    // `line` without its line feed. Throws std::runtime_error when the disk takes none.
    void append(std::string_view line);

    // Every whole line in order.
    void each(const std::function<void(std::string_view)>& take) const;

    // All of it as text.
    std::string text() const;

private:
    int fd_ = -1;
    std::string name_;
};

}  // namespace nightshift::sandbox
