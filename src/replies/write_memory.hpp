// Memory for bytes that wait to be written: how much of it is taken, and what can be used again, as
// new memory costs more than copying into it does. From any thread.

#pragma once

#include <atomic>
#include <cstddef>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace nightshift {

class WriteRoom {
public:
    WriteRoom() { spare_.reserve(spare_max); }
    bool is_full() const { return taken_ > bytes_max; }
    void take(std::size_t bytes) { taken_ += bytes; }
    void give_back(std::string memory, std::size_t bytes) {
        taken_ -= bytes;
        const std::lock_guard lock(mutex_);
        if (spare_.size() < spare_max) spare_.push_back(std::move(memory));
    }
    // Of any length, with any content.
    std::string spare() {
        const std::lock_guard lock(mutex_);
        if (spare_.empty()) return {};
        auto memory = std::move(spare_.back());
        spare_.pop_back();
        return memory;
    }

private:
    static constexpr std::size_t bytes_max = 4u << 20;
    static constexpr std::size_t spare_max = 128;  // pieces

    std::atomic<std::size_t> taken_ = 0;
    std::mutex mutex_;
    std::vector<std::string> spare_;
};

}  // namespace nightshift
