#include "cli/run/batch_committer.hpp"

#include "base/failure.hpp"

#include <boost/asio/post.hpp>

#include <condition_variable>
#include <exception>
#include <mutex>

namespace nightshift::cli {

struct SliceBridge::State {
    State(boost::asio::io_context& the_io, Queue& the_queue) : io(the_io), queue(the_queue) {}

    boost::asio::io_context& io;
    Queue& queue;
    std::mutex mutex;
    std::condition_variable changed;
    Step step;  // of the slice under way: there is one at a time
    bool done = false, abandoned = false;
    std::exception_ptr error;

    void finish(std::exception_ptr how) {
        {
            const std::lock_guard lock(mutex);
            done = true;
            error = std::move(how);
        }
        changed.notify_one();
    }
};

namespace {

Async<void> commit(std::shared_ptr<SliceBridge::State> state) {
    std::exception_ptr error;
    try {
        auto work = [&state](Store& store) { state->step(store); };
        co_await state->queue.run(std::move(work));
    } catch (...) {
        error = std::current_exception();
    }
    state->finish(std::move(error));
}

}  // namespace

SliceBridge::SliceBridge(boost::asio::io_context& io, Queue& queue)
    : state_(std::make_shared<State>(io, queue)) {}

SliceBridge::~SliceBridge() {
    abandon();
}

void SliceBridge::abandon() {
    {
        const std::lock_guard lock(state_->mutex);
        state_->abandoned = true;
    }
    state_->changed.notify_one();
}

void SliceBridge::run(Step step) {
    auto& state = *state_;
    std::unique_lock lock(state.mutex);
    if (!state.abandoned) {
        state.step = std::move(step);
        state.done = false;
        boost::asio::post(state.io, [shared = state_] {
            auto whole = commit(shared);
            boost::asio::co_spawn(shared->io, std::move(whole), boost::asio::detached);
        });
        state.changed.wait(lock, [&state] { return state.done || state.abandoned; });
    }
    if (!state.done) throw UsageError("the run stopped while the manifest was loaded");
    state.done = false;
    if (state.error) std::rethrow_exception(state.error);
}

}  // namespace nightshift::cli
