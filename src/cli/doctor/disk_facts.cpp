#include "cli/doctor/disk_facts.hpp"

#include "base/disk.hpp"
#include "storage/sqlite/journal_mode.hpp"

#include <fmt/format.h>

#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

namespace nightshift::cli {
namespace {

constexpr int syncs = 5;
constexpr std::size_t block_bytes = 4096;  // a page of the queue

struct Named {
    unsigned long magic;
    const char* name;
    bool in_memory;
};

// statfs(2) and linux/magic.h; ext2 to ext4 share a number.
constexpr std::array<Named, 10> table = {{{0xEF53, "ext4", false},
                                          {0x58465342, "xfs", false},
                                          {0x9123683E, "btrfs", false},
                                          {0x2FC12FC1, "zfs", false},
                                          {0xF2F52010, "f2fs", false},
                                          {0x794C7630, "overlay", false},
                                          {0x4D44, "vfat", false},
                                          {0x5346544E, "ntfs", false},
                                          {0x01021994, "tmpfs", true},
                                          {0x858458F6, "ramfs", true}}};

void name_file_system(const std::filesystem::path& folder, DiskFacts& facts) {
    struct statfs said {};
    if (statfs(folder.c_str(), &said) != 0) return;
    const auto magic = static_cast<unsigned long>(said.f_type) & 0xFFFFFFFFul;
    for (const auto& each : table) {
        if (each.magic != magic) continue;
        facts.file_system = each.name;
        facts.in_memory = each.in_memory;
    }
    facts.network = std::string(network_file_system(static_cast<long>(said.f_type)));
}

// The median, in milliseconds.
double time_syncs(Disk& disk, const std::filesystem::path& path) {
    using Steady = std::chrono::steady_clock;
    const std::string block(block_bytes, 'x');
    std::array<double, syncs> took_ms{};
    const auto file = disk.open(path, OpenFor::making);
    for (std::size_t i = 0; i < took_ms.size(); ++i) {
        const auto before = Steady::now();
        file->write(i * block_bytes, block);
        file->sync();
        took_ms[i] = std::chrono::duration<double, std::milli>(Steady::now() - before).count();
    }
    std::nth_element(took_ms.begin(), took_ms.begin() + syncs / 2, took_ms.end());
    return took_ms[syncs / 2];
}

}  // namespace

DiskFacts look_at_disk(const std::filesystem::path& folder) {
    DiskFacts facts;
    facts.folder = folder.string();
    auto& disk = posix_disk();
    const auto path = folder / fmt::format(".nightshift-doctor-{}", getpid());
    try {
        facts.sync_ms = time_syncs(disk, path);
    } catch (const StorageError& error) {
        facts.problem = error.what();
    }
    unlink(path.c_str());
    facts.space = disk.space(folder);
    name_file_system(folder, facts);
    return facts;
}

}  // namespace nightshift::cli
