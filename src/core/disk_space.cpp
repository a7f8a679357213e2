#include "core/disk_space.hpp"

#include "core/limits.hpp"

#include <sys/statvfs.h>

#include <algorithm>

namespace nightshift {

std::optional<DiskSpace> disk_space(const std::filesystem::path& folder) {
    struct statvfs facts {};
    if (statvfs(folder.c_str(), &facts) != 0 || facts.f_blocks == 0) return std::nullopt;
    return DiskSpace{.free_bytes = std::uint64_t{facts.f_bavail} * facts.f_frsize,
                     .total_bytes = std::uint64_t{facts.f_blocks} * facts.f_frsize};
}

bool is_nearly_full(const DiskSpace& space) {
    const auto share = static_cast<std::uint64_t>(static_cast<double>(space.total_bytes) *
                                                  limits::disk_left_share);
    return space.free_bytes < std::min(limits::disk_left_bytes, share);
}

}  // namespace nightshift
