// Paid replies on their way to the reply log: those that came together are kept with one write,
// as a write of its own costs each of them more than reading it does.

#pragma once

#include "base/async.hpp"
#include "base/handler.hpp"
#include "replies/reply_log.hpp"

#include <cstdint>
#include <exception>
#include <memory>
#include <vector>

namespace nightshift {

class ReplyKeeper {
public:
    // Both must outlive it.
    ReplyKeeper(boost::asio::io_context& io, ReplyLog& log);
    ~ReplyKeeper();
    ReplyKeeper(const ReplyKeeper&) = delete;
    ReplyKeeper& operator=(const ReplyKeeper&) = delete;

    // Resumes when the reply is where a killed program leaves it, with the file that it went to
    // (to be synced, maybe). None: the disk is full, and it may be tried again. Throws
    // StorageError. `reply` is borrowed until then.
    Async<std::shared_ptr<DiskFile>> keep(std::int64_t row, std::int64_t number,
                                          const http::Reply& reply);

private:
    using Done = Handler<void(std::exception_ptr, std::shared_ptr<DiskFile>)>;
    struct State {
        explicit State(ReplyLog& the_log) : log(&the_log) {}
        ReplyLog* log;  // null once the keeper is gone
        std::vector<KeptReply> replies;
        std::vector<Done> waiting;  // one for each of them
    };
    static void write(State& state);

    boost::asio::io_context& io_;
    std::shared_ptr<State> state_;  // shared with the write that is posted
};

}  // namespace nightshift
