// A few threads for blocking work that need not be done in order: what waits for a disk waits side
// by side. The simulator runs the same steps inline, without threads.

#pragma once

#include "base/group_worker.hpp"
#include "base/step.hpp"

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace nightshift {

class Workers {
public:
    Workers(boost::asio::io_context& io, int threads, Worker::Mode mode);
    ~Workers() { finish(); }
    Workers(const Workers&) = delete;
    Workers& operator=(const Workers&) = delete;

    // Finishes what is queued, then joins: what the work refers to may go. Nobody is resumed for
    // it, as the loop must not run any more.
    void finish();

    // Runs `work` on whichever thread is free first and resumes the caller on the loop with its
    // result or exception. It cannot be cancelled. What `work` refers to must live until then: name
    // it in the caller.
    template <class Work>
    auto run(Work work) {
        return run_as_step(std::move(work), [this](Step step) { enqueue(std::move(step)); });
    }
    // The same for work that nobody waits for. What it throws is lost.
    void run_aside(std::function<void()> work);

private:
    void enqueue(Step step);
    void loop();
    void resume(Step step);

    boost::asio::io_context& io_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<Step> queue_;
    bool ending_ = false;
    std::vector<std::thread> threads_;  // none: steps run inline
};

}  // namespace nightshift
