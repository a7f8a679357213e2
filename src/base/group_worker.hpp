// One thread for blocking work, in turns: everything that queued up while the last turn ran goes
// into the next one. The queue makes a turn one transaction (group commit). A turn costs by itself,
// so one that has come to less than a quarter of the usual waits two milliseconds for more.
// The simulator runs the same steps inline, without the thread.

#pragma once

#include "base/step.hpp"

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace nightshift {

class Worker {
public:
    // Runs the steps of one turn in order and sets `error` of those that failed.
    using Turn = std::function<void(std::vector<Step>&)>;
    enum class Mode { threaded, inlined };

    Worker(boost::asio::io_context& io, Turn turn, Mode mode);
    ~Worker() { finish(); }
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    // Finishes what is queued, then joins: what the steps refer to may go. Nobody is resumed for
    // it, as the loop must not run any more.
    void finish();

    // Each step on its own: a failing one leaves the others alone.
    static void run_each(std::vector<Step>& steps);

    // Runs `work` in a turn and resumes the caller on the loop with its result or exception. It
    // cannot be cancelled. What `work` refers to must live until then: name it in the caller.
    template <class Work>
    auto run(Work work) {
        return run_as_step(std::move(work), [this](Step step) { enqueue(std::move(step)); });
    }

private:
    void enqueue(Step step);
    void hand_over();
    bool has_enough() const;
    void loop();
    void resume(std::vector<Step> steps, std::size_t first = 0);

    boost::asio::io_context& io_;
    Turn turn_;
    Mode mode_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::vector<Step> collected_;  // of the loop, until it has run what is ready
    std::vector<Step> queue_;
    std::size_t usual_ = 0;  // steps of a turn lately
    bool ending_ = false;
    std::thread thread_;
};

}  // namespace nightshift
