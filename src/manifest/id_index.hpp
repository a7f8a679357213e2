// The ids of one command, as hashes: finds duplicates and counts repeats in about 20 bytes an id
// times a load of at least a half. Two different ids are taken for one with a chance of 3e-8 in a
// million.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace nightshift {

class IdIndex {
public:
    struct Entry {
        bool is_new = false;
        std::uint64_t content = 0;  // of the first with this id, when it is not new
        std::uint32_t number = 0;   // the same
    };

    // Remembers `content` and `number` for an id unless it is known.
    Entry add(std::string_view id, std::uint64_t content, std::uint32_t number);
    // How often this id has been asked for, with this time: 1, 2, 3, ...
    std::uint32_t count(std::string_view id);

    std::size_t size() const { return size_; }
    std::size_t bytes() const;

private:
    std::size_t slot_of(std::uint64_t hash) const;
    void grow();

    // Open addressing, linear; hash 0 is free. Columns, because rows would be padded.
    std::vector<std::uint64_t> hashes_, contents_;
    std::vector<std::uint32_t> numbers_;
    std::size_t size_ = 0;
};

// For finding equal texts within one process; not stable between machines.
std::uint64_t quick_hash(std::string_view text);

}  // namespace nightshift
