// What many want durable, made durable once for all of them: who asks while a sync of the same
// thing is on its way shares the next one, which covers what each of them wrote before it asked.

#pragma once

#include "base/async.hpp"
#include "base/thread_pool.hpp"

#include <functional>
#include <memory>

namespace nightshift {

class GroupSync {
public:
    // Both must outlive it.
    GroupSync(boost::asio::io_context& io, Workers& files);

    // Resumes when a `sync` that began after the call has ended; throws what it threw. It is called
    // on a worker. `what` says whether two callers mean the same thing: any address that is its own
    // as long as they wait.
    Async<void> run(const void* what, std::function<void()> sync);

private:
    struct State;
    static Async<void> sync_all(std::shared_ptr<State> state, const void* what);

    std::shared_ptr<State> state_;  // shared with the syncs that are on their way
};

}  // namespace nightshift
