// The signals of a run. INT or TERM once: stop in order; twice: out at once, the queue is as good
// after either. HUP: the log goes on in a new file. USR1: one line that says how far the run is.
// TSTP and CONT are the kernel's: timers are made for it.

#pragma once

#include "engine/engine.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <functional>

namespace nightshift::cli {

// HUP and USR1 do nothing: before a run is up, and after it.
void ignore_run_signals();

class Signals {
public:
    struct Actions {
        std::function<void()> reopen_log, tell_status;
    };
    Signals(boost::asio::io_context& io, Engine& engine, ProgressListener& listener,
            Actions actions);
    ~Signals();

private:
    void wait();
    void stop(bool interrupt);

    boost::asio::signal_set set_;
    Engine& engine_;
    ProgressListener& listener_;
    Actions actions_;
    bool asked_ = false;
};

}  // namespace nightshift::cli
