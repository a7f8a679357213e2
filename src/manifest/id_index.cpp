#include "manifest/id_index.hpp"

#include <functional>
#include <utility>

namespace nightshift {
namespace {

constexpr std::size_t first_slots = 1024;

}  // namespace

std::uint64_t quick_hash(std::string_view text) {
    return std::hash<std::string_view>{}(text);
}

// The free slot for the hash, or the one that holds it. A product with 32 well-mixed bits spreads
// the hashes over any number of slots below 2^32.
std::size_t IdIndex::slot_of(std::uint64_t hash) const {
    const std::uint64_t mixed = (hash * 0x9E3779B97F4A7C15u) >> 32;
    auto slot = static_cast<std::size_t>((mixed * hashes_.size()) >> 32);
    while (hashes_[slot] != 0 && hashes_[slot] != hash) {
        if (++slot == hashes_.size()) slot = 0;
    }
    return slot;
}

void IdIndex::grow() {
    const std::size_t slots = hashes_.empty() ? first_slots : hashes_.size() + hashes_.size() / 2;
    auto hashes = std::exchange(hashes_, std::vector<std::uint64_t>(slots));
    auto contents = std::exchange(contents_, std::vector<std::uint64_t>(slots));
    auto numbers = std::exchange(numbers_, std::vector<std::uint32_t>(slots));
    for (std::size_t i = 0; i < hashes.size(); ++i) {
        if (hashes[i] == 0) continue;
        const std::size_t slot = slot_of(hashes[i]);
        hashes_[slot] = hashes[i];
        contents_[slot] = contents[i];
        numbers_[slot] = numbers[i];
    }
}

IdIndex::Entry IdIndex::add(std::string_view id, std::uint64_t content, std::uint32_t number) {
    if (size_ * 5 >= hashes_.size() * 4) grow();
    const std::uint64_t hash = quick_hash(id) | 1;
    const std::size_t slot = slot_of(hash);
    if (hashes_[slot] != 0) return {false, contents_[slot], numbers_[slot]};
    hashes_[slot] = hash;
    contents_[slot] = content;
    numbers_[slot] = number;
    ++size_;
    return {true, content, number};
}

std::uint32_t IdIndex::count(std::string_view id) {
    add(id, 0, 0);
    return ++numbers_[slot_of(quick_hash(id) | 1)];
}

std::size_t IdIndex::bytes() const {
    return hashes_.capacity() * sizeof(hashes_[0]) + contents_.capacity() * sizeof(contents_[0]) +
           numbers_.capacity() * sizeof(numbers_[0]);
}

}  // namespace nightshift
