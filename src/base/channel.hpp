// Batches from one thread to another, at most a few on the way: the faster side waits.

#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace nightshift {

template <class Item>
class Channel {
public:
    using Batch = std::vector<Item>;
    explicit Channel(std::size_t batches_max) : batches_max_(batches_max) {}

    // By the giving side. False: the other one does not take any more.
    bool give(Batch batch) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return closed_ || batches_.size() < batches_max_; });
        if (closed_) return false;
        batches_.push_back(std::move(batch));
        changed_.notify_one();
        return true;
    }
    void end() {
        const std::lock_guard lock(mutex_);
        ended_ = true;
        changed_.notify_one();
    }

    // By the taking side; nothing: it has ended.
    std::optional<Batch> take() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return ended_ || !batches_.empty(); });
        if (batches_.empty()) return std::nullopt;
        auto batch = std::move(batches_.front());
        batches_.pop_front();
        changed_.notify_one();
        return batch;
    }
    void close() {
        const std::lock_guard lock(mutex_);
        closed_ = true;
        changed_.notify_one();
    }

private:
    const std::size_t batches_max_;
    std::mutex mutex_;
    std::condition_variable changed_;  // one of the two waits at a time
    std::deque<Batch> batches_;
    bool ended_ = false, closed_ = false;
};

}  // namespace nightshift
