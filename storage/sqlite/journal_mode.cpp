#include "storage/sqlite/journal_mode.hpp"

#include <sys/vfs.h>

#include <array>
#include <utility>

namespace nightshift {
namespace {

constexpr std::array<std::pair<unsigned long, std::string_view>, 11> table = {{
    {0x6969, "NFS"},
    {0x517B, "SMB"},
    {0xFF534D42, "CIFS"},
    {0xFE534D42, "SMB2"},
    {0x01021997, "9p"},
    {0x65735546, "FUSE"},
    {0x00C36400, "Ceph"},
    {0x5346414F, "AFS"},
    {0x6B414653, "AFS"},
    {0x73757245, "Coda"},
    {0x0BD00BD0, "Lustre"},
}};

}  // namespace

std::string_view network_file_system(long magic) {
    // Some are negative as an int: only the low 32 bits count.
    const auto wanted = static_cast<unsigned long>(magic) & 0xFFFFFFFFul;
    for (const auto& [number, name] : table) {
        if (number == wanted) return name;
    }
    return {};
}

std::string network_file_system_of(const std::filesystem::path& path) {
    struct statfs facts {};
    const auto folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
    if (statfs(path.c_str(), &facts) != 0 && statfs(folder.c_str(), &facts) != 0) return {};
    return std::string(network_file_system(static_cast<long>(facts.f_type)));
}

Journal journal_for(const std::filesystem::path& queue) {
    return network_file_system_of(queue).empty() ? Journal::wal : Journal::rollback;
}

}  // namespace nightshift
