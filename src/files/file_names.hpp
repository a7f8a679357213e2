// File names made of task ids (contract section 4). Ids are hostile input.

#pragma once

#include <string>
#include <string_view>

namespace nightshift {

// The stem of a task's output files. An id of characters that stay (letters, digits and marks of
// any script, composed to NFC) and that cannot be taken for another is itself; one that had to be
// altered, is longer than 120 bytes, is a reserved name, begins with a dot or dash, or ends in what
// looks like our own suffixes ("x.2", "x-0123abcd") gets "-" and 8 hex digits of its SHA-256. (Ids
// that differ only in case stay apart on Linux; on a case-insensitive file system PartFile::keep
// finds the next free name.)
std::string stem_of(std::string_view id);

// The values that a pattern of output files (model/output_pattern) is filled with.
struct NameFields {
    std::string_view id, tag, model, endpoint;
};

// The path below outputs/ of a task's files, without index and extension: the id by `stem_of`, all
// else with "_" for what does not stay in a name. A folder that would have no name is left out.
// An empty pattern means "{id}".
std::string output_stem_of(std::string_view pattern, const NameFields& fields);

// "<stem>.<ext>", "<stem>.2.<ext>", ... for index 1, 2, ...
std::string numbered_name(std::string stem, int index, std::string_view extension);

// "<stem>.<ext>", "<stem>.2.<ext>", ... for index 1, 2, ...
std::string file_name_of(std::string_view id, int index, std::string_view extension);

}  // namespace nightshift
