#include "replies/reply_batcher.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>

#include <utility>

namespace nightshift {

ReplyKeeper::ReplyKeeper(boost::asio::io_context& io, ReplyLog& log)
    : io_(io), state_(std::make_shared<State>(log)) {}

ReplyKeeper::~ReplyKeeper() {
    state_->log = nullptr;
}

// The write comes after everything that was ready when the first reply came.
Async<std::shared_ptr<DiskFile>> ReplyKeeper::keep(std::int64_t row, std::int64_t number,
                                                   const http::Reply& reply) {
    auto start = [this, row, number, &reply](auto handler) {
        state_->replies.push_back({row, number, &reply});
        state_->waiting.emplace_back(std::move(handler));
        if (state_->waiting.size() > 1) return;
        boost::asio::post(io_, [state = state_] { write(*state); });
    };
    auto file =
        co_await boost::asio::async_initiate<decltype(use_async),
                                             void(std::exception_ptr, std::shared_ptr<DiskFile>)>(
            start, use_async);
    co_return file;
}

void ReplyKeeper::write(State& state) {
    if (state.log == nullptr) return;
    const auto replies = std::exchange(state.replies, {});
    auto waiting = std::exchange(state.waiting, {});
    std::exception_ptr error;
    std::shared_ptr<DiskFile> file;
    try {
        if (state.log->keep(replies)) file = state.log->current();
    } catch (...) {
        error = std::current_exception();
    }
    for (auto& done : waiting) std::move(done)(error, file);
}

}  // namespace nightshift
