#include "replies/shared_fsync.hpp"

#include "base/handler.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include <exception>
#include <map>
#include <utility>
#include <vector>

namespace nightshift {
namespace {

using Done = Handler<void(std::exception_ptr)>;

struct Group {
    std::function<void()> sync;
    std::vector<Done> waiting;
};

}  // namespace

struct GroupSync::State {
    boost::asio::io_context& io;
    Workers& files;
    std::map<const void*, Group> groups = {};  // with a sync on its way
};

GroupSync::GroupSync(boost::asio::io_context& io, Workers& files)
    : state_(std::make_shared<State>(State{.io = io, .files = files})) {}

Async<void> GroupSync::run(const void* what, std::function<void()> sync) {
    auto start = [&](auto handler) {
        auto [group, is_first] = state_->groups.try_emplace(what);
        group->second.sync = std::move(sync);
        group->second.waiting.emplace_back(std::move(handler));
        if (!is_first) return;
        boost::asio::co_spawn(state_->io, sync_all(state_, what), boost::asio::detached);
    };
    co_await boost::asio::async_initiate<decltype(use_async), void(std::exception_ptr)>(start,
                                                                                        use_async);
}

Async<void> GroupSync::sync_all(std::shared_ptr<State> state, const void* what) {
    auto& group = state->groups.at(what);
    while (!group.waiting.empty()) {
        auto waiting = std::exchange(group.waiting, {});
        auto sync = group.sync;
        std::exception_ptr error;
        try {
            co_await state->files.run(std::move(sync));
        } catch (...) {
            error = std::current_exception();
        }
        for (auto& done : waiting) {
            auto resume = [done = std::move(done), error]() mutable { std::move(done)(error); };
            boost::asio::post(state->io, std::move(resume));
        }
    }
    state->groups.erase(what);
}

}  // namespace nightshift
