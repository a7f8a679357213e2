#include "replies/disk_reserve.hpp"

#include "base/bounds.hpp"

#include <algorithm>
#include <utility>

namespace nightshift {
namespace {

constexpr std::uint64_t part_of_free = 16;

}  // namespace

Reserve::Reserve(const RunFolders& folders) : folders_(folders) {
    auto& disk = *folders_.disk;
    try {
        disk.remove(path());  // of a run that was killed: its room counts as free
        const auto space = disk.space(folders_.hidden());
        const auto free = space ? space->free_bytes : 0;
        const auto file = disk.open(path(), OpenFor::making);
        held_ = true;
        file->allocate(std::min(limits::reserve_bytes, free / part_of_free));
    } catch (const StorageError&) {
        release();
    }
}

Reserve::~Reserve() {
    release();
}

bool Reserve::release() {
    if (!std::exchange(held_, false)) return false;
    try {
        folders_.disk->remove(path());
        return true;
    } catch (const StorageError&) {
        return false;
    }
}

std::filesystem::path Reserve::path() const {
    return folders_.hidden() / "reserve";
}

}  // namespace nightshift
