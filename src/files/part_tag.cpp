// Five lines: validator, boot, final name, length, SHA-256; the last three may be empty.

#include "files/part_tag.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdlib>

namespace nightshift {
namespace {

std::string path_of(const std::string& part) {
    return part + ".tag";
}

}  // namespace

PartTag read_tag(Disk& disk, const std::string& part) {
    const auto text = read_whole(disk, path_of(part));
    std::array<std::string, 5> lines;
    std::string_view rest = text;
    for (auto& line : lines) {
        const auto end = rest.find('\n');
        if (end == std::string_view::npos) return {};
        line = rest.substr(0, end);
        rest.remove_prefix(end + 1);
    }
    return {.validator = lines[0],
            .boot = lines[1],
            .final_name = lines[2],
            .sealed = {.bytes = std::strtoull(lines[3].c_str(), nullptr, 10), .sha256 = lines[4]}};
}

void write_tag(Disk& disk, const std::string& part, const PartTag& tag) {
    write_whole(disk, path_of(part),
                fmt::format("{}\n{}\n{}\n{}\n{}\n", tag.validator, tag.boot, tag.final_name,
                            tag.sealed.bytes, tag.sealed.sha256));
}

void remove_tag(Disk& disk, const std::string& part) {
    disk.remove(path_of(part));
}

}  // namespace nightshift
