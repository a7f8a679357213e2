#include "base/disk.hpp"

#include "base/bounds.hpp"

#include <algorithm>

namespace nightshift {

bool is_nearly_full(const DiskSpace& space) {
    const auto share = static_cast<std::uint64_t>(static_cast<double>(space.total_bytes) *
                                                  limits::disk_left_share);
    return space.free_bytes < std::min(limits::disk_left_bytes, share);
}

}  // namespace nightshift
