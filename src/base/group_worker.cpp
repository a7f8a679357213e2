#include "base/group_worker.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <chrono>

namespace nightshift {
namespace {

constexpr std::chrono::milliseconds wait_for_more{2};
constexpr std::size_t resumed_together = 64;  // a small turn: its requests leave together, too
constexpr std::size_t resumed_at_once = 16;   // of a larger one

}  // namespace

Worker::Worker(boost::asio::io_context& io, Turn turn, Mode mode)
    : io_(io), turn_(std::move(turn)), mode_(mode) {
    if (mode_ == Mode::threaded) thread_ = std::thread([this] { loop(); });
}

void Worker::finish() {
    {
        const std::lock_guard lock(mutex_);
        for (auto& step : collected_) queue_.push_back(std::move(step));
        collected_.clear();
        ending_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
}

void Worker::run_each(std::vector<Step>& steps) {
    for (auto& step : steps) step.run();
}

void Worker::enqueue(Step step) {
    if (mode_ == Mode::inlined) {
        std::vector<Step> steps;
        steps.push_back(std::move(step));
        turn_(steps);
        resume(std::move(steps));
        return;
    }
    collected_.push_back(std::move(step));
    if (collected_.size() > 1) return;  // is being handed over
    boost::asio::post(io_, [this] { hand_over(); });
}

// After everything that was ready when the first step came: what replies that arrived together
// bring about goes into one turn, with one lock and one wake-up.
void Worker::hand_over() {
    bool wake = false;
    {
        const std::lock_guard lock(mutex_);
        wake = queue_.empty();
        for (auto& step : collected_) queue_.push_back(std::move(step));
        wake = wake || has_enough();
    }
    collected_.clear();
    if (wake) wake_.notify_one();
}

bool Worker::has_enough() const {
    return ending_ || queue_.size() >= usual_ / 4;
}

void Worker::loop() {
    for (;;) {
        std::vector<Step> steps;
        {
            std::unique_lock lock(mutex_);
            wake_.wait(lock, [this] { return ending_ || !queue_.empty(); });
            if (queue_.empty()) return;
            wake_.wait_for(lock, wait_for_more, [this] { return has_enough(); });
            steps.swap(queue_);
            usual_ = std::max(steps.size(), usual_ - (usual_ + 7) / 8);
        }
        turn_(steps);
        resume(std::move(steps));
    }
}

// A large turn in bites: it may have thousands of callers, and the loop has sockets and timers
// besides.
void Worker::resume(std::vector<Step> steps, std::size_t first) {
    auto bite = [this, steps = std::move(steps), first]() mutable {
        const auto most = steps.size() <= resumed_together ? resumed_together : resumed_at_once;
        const auto end = std::min(steps.size(), first + most);
        for (auto at = first; at < end; ++at) std::move(steps[at].done)(steps[at].error);
        if (end < steps.size()) resume(std::move(steps), end);
    };
    boost::asio::post(io_, std::move(bite));
}

}  // namespace nightshift
