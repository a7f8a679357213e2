#include "core/worker.hpp"

#include <boost/asio/post.hpp>

namespace nightshift {

Worker::Worker(boost::asio::io_context& io, Turn turn, Mode mode)
    : io_(io), turn_(std::move(turn)), mode_(mode) {
    if (mode_ == Mode::threaded) thread_ = std::thread([this] { loop(); });
}

Worker::~Worker() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
}

void Worker::run_each(std::vector<Step>& steps) {
    for (auto& step : steps) {
        try {
            step();
        } catch (...) {
            step.error = std::current_exception();
        }
    }
}

void Worker::enqueue(Step step) {
    if (mode_ == Mode::inlined) {
        std::vector<Step> steps;
        steps.push_back(std::move(step));
        turn_(steps);
        resume(std::move(steps));
        return;
    }
    {
        const std::lock_guard lock(mutex_);
        queue_.push_back(std::move(step));
    }
    wake_.notify_one();
}

void Worker::loop() {
    for (;;) {
        std::vector<Step> steps;
        {
            std::unique_lock lock(mutex_);
            wake_.wait(lock, [this] { return ending_ || !queue_.empty(); });
            if (queue_.empty()) return;
            steps.swap(queue_);
        }
        turn_(steps);
        resume(std::move(steps));
    }
}

// One post for the whole turn.
void Worker::resume(std::vector<Step> steps) {
    auto all = [steps = std::move(steps)]() mutable {
        for (auto& step : steps) std::move(step.done)(step.error);
    };
    boost::asio::post(io_, std::move(all));
}

}  // namespace nightshift
