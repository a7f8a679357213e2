// Lets a thread that reads a manifest put its tasks into the queue of a run that goes on: a slice
// at a time, each in one transaction of the queue's writer, so that nothing else waits long.

#pragma once

#include "engine/run/queue.hpp"

#include <functional>
#include <memory>

namespace nightshift::cli {

class SliceBridge {
public:
    using Step = std::function<void(Store&)>;

    SliceBridge(boost::asio::io_context& io, Queue& queue);
    ~SliceBridge();  // as `abandon`
    SliceBridge(const SliceBridge&) = delete;
    SliceBridge& operator=(const SliceBridge&) = delete;

    // On the reading thread: returns when `step` is committed. Throws StorageError, or UsageError
    // once the run does not wait for it any more: that step may be committed all the same.
    void run(Step step);
    // On the loop, which ends.
    void abandon();

    struct State;

private:
    std::shared_ptr<State> state_;
};

}  // namespace nightshift::cli
