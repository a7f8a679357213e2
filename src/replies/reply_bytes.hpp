// Bytes of replies that are in memory because what they hold is not on its way to disk yet. Each
// attempt holds its own until it ends; their sum keeps new POSTs back when the disk is the slower.

#pragma once

#include <cstddef>
#include <memory>
#include <utility>

namespace nightshift {

class ReplyBytes {
public:
    using Sum = std::shared_ptr<std::size_t>;

    ReplyBytes() = default;
    ReplyBytes(Sum sum, std::size_t bytes) : sum_(std::move(sum)), bytes_(bytes) {
        *sum_ += bytes_;
    }
    ReplyBytes(ReplyBytes&& other) noexcept { swap(other); }
    ReplyBytes& operator=(ReplyBytes&& other) noexcept {
        ReplyBytes taken(std::move(other));
        swap(taken);
        return *this;
    }
    ~ReplyBytes() {
        if (sum_) *sum_ -= bytes_;
    }

private:
    void swap(ReplyBytes& other) noexcept {
        std::swap(sum_, other.sum_);
        std::swap(bytes_, other.bytes_);
    }

    Sum sum_;
    std::size_t bytes_ = 0;
};

}  // namespace nightshift
