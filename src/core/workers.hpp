// A few threads for blocking work that need not be done in order: what waits for a disk waits side
// by side.

#pragma once

#include "core/worker.hpp"

#include <memory>
#include <vector>

namespace nightshift {

class Workers {
public:
    Workers(boost::asio::io_context& io, int threads, Worker::Mode mode) {
        for (int i = 0; i < (mode == Worker::Mode::inlined ? 1 : threads); ++i) {
            workers_.push_back(std::make_unique<Worker>(io, Worker::run_each, mode));
        }
    }

    // As Worker's; only what one caller waits for is in order.
    template <class Work, class T = std::invoke_result_t<Work&>>
    Async<T> run(Work work) {
        auto& next = *workers_[turn_++ % workers_.size()];
        return next.run(std::move(work));
    }

private:
    std::vector<std::unique_ptr<Worker>> workers_;
    std::size_t turn_ = 0;
};

}  // namespace nightshift
