#include "cli/run/signals.hpp"

#include "base/bounds.hpp"
#include "cli/input/exit_code.hpp"

#include <fmt/format.h>

#include <csignal>
#include <unistd.h>

namespace nightshift::cli {

void ignore_run_signals() {
    std::signal(SIGHUP, SIG_IGN);
    std::signal(SIGUSR1, SIG_IGN);
}

Signals::Signals(boost::asio::io_context& io, Engine& engine, ProgressListener& listener,
                 Actions actions)
    : set_(io, SIGINT, SIGTERM),
      engine_(engine),
      listener_(listener),
      actions_(std::move(actions)) {
    set_.add(SIGHUP);
    set_.add(SIGUSR1);
    wait();
}

Signals::~Signals() {
    boost::system::error_code ignored;
    set_.clear(ignored);
    ignore_run_signals();
}

void Signals::stop(bool interrupt) {
    if (asked_) _exit(interrupt ? exit_interrupted : exit_terminated);
    asked_ = true;
    listener_.on_notice(
        fmt::format("stopping: nothing more is sent; waiting up to {:.0f} s for replies in flight; "
                    "accepted videos continue at the gateway; the same command resumes{}",
                    limits::drain_s, interrupt ? " (again: quit now)" : ""));
    engine_.stop(interrupt ? StopCause::interrupted : StopCause::terminated,
                 interrupt ? "interrupted" : "terminated");
}

void Signals::wait() {
    set_.async_wait([this](const boost::system::error_code& error, int signal) {
        if (error) return;
        if (signal == SIGHUP) {
            actions_.reopen_log();
        } else if (signal == SIGUSR1) {
            actions_.tell_status();
        } else {
            stop(signal == SIGINT);
        }
        wait();
    });
}

}  // namespace nightshift::cli
