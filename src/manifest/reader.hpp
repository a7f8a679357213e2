// The lines of one manifest file: plain, .gz or .zst (told by their first bytes), or stdin.
//
// Accepts a byte order mark, CRLF, blank lines and a last line without its line feed. A whole file
// that is one Anthropic create document {"requests": [...]} gives each element as a line. Memory
// does not grow with the number of lines: one buffer, as long as the longest line, bounded by
// limits::manifest_line_bytes.

#pragma once

#include "manifest/line.hpp"
#include "manifest/problem.hpp"

#include <functional>
#include <memory>
#include <string>

namespace nightshift {

class ManifestReader {
public:
    using OnProblem = std::function<void(Problem&&)>;

    // `path` "-" is stdin. Throws UsageError when it cannot be opened or read.
    ManifestReader(const std::string& path, OnProblem on_problem);
    ~ManifestReader();

    // False at the end. Blank lines are skipped; what cannot be a line (too long, UTF-16, a
    // damaged archive) is told as one problem and passed over.
    bool next(RawLine& line);
    // The file is one Anthropic create document.
    bool is_document() const;

private:
    struct Work;
    std::unique_ptr<Work> work_;
};

}  // namespace nightshift
