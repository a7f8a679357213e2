// A file that is no JSONL at all, told by its beginning: said once instead of once a line.

#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace nightshift {

struct FileKind {
    std::string what;        // "this looks like CSV"
    std::string what_to_do;  // the command or the form that helps
};

// `head`: the first bytes of the text, without its byte order mark; `is_whole`: there are no more.
// Nothing when a line of it is a JSON object: then it is JSONL, whatever else is wrong with it.
std::optional<FileKind> foreign_kind(std::string_view head, bool is_whole);

}  // namespace nightshift
