// How much room a file system has, and when that is too little to pay for more.

#pragma once

#include <cstdint>

namespace nightshift {

struct DiskSpace {
    std::uint64_t free_bytes = 0;  // for us; what is reserved for root does not count
    std::uint64_t total_bytes = 0;
};

// Less than limits::disk_left_bytes and less than limits::disk_left_share of it all.
bool is_nearly_full(const DiskSpace& space);

}  // namespace nightshift
