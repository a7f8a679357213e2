// What is known of a partial download, in a small file beside it: which version of the result its
// bytes are of, and, once it was whole, what it became. A killed download goes on from there.

#pragma once

#include "files/artifact_file.hpp"

#include <optional>
#include <string>

namespace nightshift {

struct PartTag {
    std::string validator;   // tells one version of a result from another; empty: none
    std::string boot;        // of the machine that wrote the bytes (Disk::boot)
    std::string final_name;  // once whole: its name in outputs/, and its bytes
    PartFile::Sealed sealed;

    bool is_whole() const { return !final_name.empty(); }
};

// Of the part file at `part`; empty when there is none or it cannot be made out.
PartTag read_tag(Disk& disk, const std::string& part);
void write_tag(Disk& disk, const std::string& part, const PartTag& tag);  // durable
void remove_tag(Disk& disk, const std::string& part);

}  // namespace nightshift
