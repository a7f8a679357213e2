#include "base/thread_pool.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include <utility>

namespace nightshift {

Workers::Workers(boost::asio::io_context& io, int threads, Worker::Mode mode) : io_(io) {
    if (mode == Worker::Mode::inlined) return;
    try {
        for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { loop(); });
    } catch (...) {
        finish();
        throw;
    }
}

void Workers::finish() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    wake_.notify_all();
    for (auto& thread : threads_) thread.join();
    threads_.clear();
}

void Workers::run_aside(std::function<void()> work) {
    boost::asio::co_spawn(io_, run(std::move(work)), boost::asio::detached);
}

void Workers::enqueue(Step step) {
    if (threads_.empty()) {
        step.run();
        resume(std::move(step));
        return;
    }
    {
        const std::lock_guard lock(mutex_);
        queue_.push_back(std::move(step));
    }
    wake_.notify_one();
}

void Workers::loop() {
    for (;;) {
        Step step;
        {
            std::unique_lock lock(mutex_);
            wake_.wait(lock, [this] { return ending_ || !queue_.empty(); });
            if (queue_.empty()) return;
            step = std::move(queue_.front());
            queue_.pop_front();
        }
        step.run();
        resume(std::move(step));
    }
}

void Workers::resume(Step step) {
    auto done = [step = std::move(step)]() mutable { std::move(step.done)(step.error); };
    boost::asio::post(io_, std::move(done));
}

}  // namespace nightshift
