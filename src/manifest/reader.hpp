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
#include <string_view>

namespace nightshift {

class ManifestReader {
public:
    using OnProblem = std::function<void(Problem&&)>;
    // Whether a text that begins so is of another kind, which the caller reads.
    using IsOther = std::function<bool(std::string_view head)>;

    // `path` "-" is stdin. Throws UsageError when it cannot be opened or read.
    ManifestReader(const std::string& path, OnProblem on_problem, IsOther is_other = {});
    ~ManifestReader();

    // False at the end. Blank lines are skipped; what cannot be a line (too long, UTF-16, a
    // damaged archive) is told as one problem and passed over.
    bool next(RawLine& line);
    // The file is one Anthropic create document.
    bool is_document() const;
    // It is of the other kind: there are no lines, and `whole` gives its text, once. Throws
    // UsageError when that has more than `most_bytes`.
    bool is_other() const;
    std::string whole(std::size_t most_bytes);

private:
    struct Work;
    std::unique_ptr<Work> work_;
};

}  // namespace nightshift
