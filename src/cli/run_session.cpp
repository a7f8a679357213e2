#include "cli/run_session.hpp"

#include "cli/exit_code.hpp"
#include "cli/run_log.hpp"
#include "cli/selection.hpp"
#include "core/limits.hpp"
#include "engine/engine.hpp"
#include "http/client.hpp"
#include "screen/screen.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/signal_set.hpp>
#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <sys/resource.h>
#include <unistd.h>

namespace nightshift::cli {
namespace {

constexpr double refresh_s = 0.25;         // the screen, four times a second
constexpr long descriptors_reserved = 64;  // of everything but connections

// As many connections as descriptors allow, after asking for as many as there may be.
long connections_allowed(int concurrency) {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 256;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    getrlimit(RLIMIT_NOFILE, &limit);
    const long room = static_cast<long>(std::min<rlim_t>(limit.rlim_cur, 1 << 20));
    const long most = std::max(8L, room - std::min(descriptors_reserved, room / 2));
    return std::min(most, static_cast<long>(concurrency) + 32);
}

// Ctrl-C once: stop in order. Twice: out at once; the queue is as good after either.
class Signals {
public:
    Signals(boost::asio::io_context& io, Engine& engine, ProgressListener& listener)
        : set_(io, SIGINT, SIGTERM), engine_(engine), listener_(listener) {
        std::signal(SIGHUP, SIG_IGN);
        wait();
    }

private:
    void wait() {
        set_.async_wait([this](const boost::system::error_code& error, int signal) {
            if (error) return;
            const bool interrupt = signal == SIGINT;
            if (asked_) _exit(interrupt ? exit_interrupted : exit_terminated);
            asked_ = true;
            listener_.on_notice(fmt::format(
                "stopping: nothing more is sent; waiting up to {:.0f} s for replies in flight; "
                "accepted videos go on at the gateway; the same command resumes{}",
                limits::drain_s, interrupt ? " (again: quit now)" : ""));
            engine_.stop(interrupt ? StopCause::interrupted : StopCause::terminated,
                         interrupt ? "interrupted" : "terminated");
            wait();
        });
    }

    boost::asio::signal_set set_;
    Engine& engine_;
    ProgressListener& listener_;
    bool asked_ = false;
};

Async<void> keep_screen(Clock& clock, Engine& engine, screen::Screen& screen, Instant started) {
    for (;;) {
        screen.refresh(engine.status(), to_seconds(clock.now() - started));
        co_await clock.sleep_until(clock.now() + seconds(refresh_s));
    }
}

Async<void> whole_run(Engine& engine, boost::asio::io_context& io, Stop& stop,
                      std::exception_ptr& error) {
    try {
        stop = co_await engine.run();
    } catch (...) {
        error = std::current_exception();
    }
    io.stop();
}

screen::Summary summary_of(Store& store, const RunStatus& status, const Stop& stop) {
    screen::Summary summary;
    for (const auto& count : store.counts()) summary.counts[count.state] += count.count;
    summary.posts = status.posts;
    summary.retries = status.retries;
    summary.maybe_billed = status.maybe_billed;
    summary.stop = stop.message;
    return summary;
}

}  // namespace

int run_session(const Arguments& arguments, const Settings& settings,
                const Credentials& credentials, const RunFolders& folders, Store& store) {
    const auto& run = arguments.run;
    if (run.limit || !run.only.empty()) {
        Selection selection;
        add_only(selection, run.only);
        selection.limit = run.limit.value_or(-1);
        store.transact([&] { store.select(selection); });
    }
    Ledger ledger(folders, store);
    ReplyLog replies(folders);
    auto screen =
        screen::make_screen(settings.progress, arguments.common.color, arguments.common.quiet);
    auto random = Random::from_system();
    boost::asio::io_context io(1);
    const auto guard = boost::asio::make_work_guard(io);
    Stop stop;
    std::exception_ptr error;
    screen::Summary summary;
    {
        Queue queue(io, store, ledger, Worker::Mode::threaded);
        Worker files(io, Worker::run_each, Worker::Mode::threaded);
        SystemClock clock(io);
        http::ClientOptions client_options;
        client_options.connect_timeout = seconds(limits::connect_timeout_s);
        client_options.connections_max = connections_allowed(settings.engine.concurrency);
        http::Client client(io, client_options);
        World world{io,
                    clock,
                    random,
                    client,
                    queue,
                    files,
                    replies,
                    folders,
                    credentials.origin,
                    credentials.key};
        RunLog log(folders.hidden() / "log", *screen);
        log.line("run of " + credentials.origin.identity() + " with " + credentials.source);
        Engine engine(world, settings.engine, log);
        Signals signals(io, engine, log);
        const auto started = clock.now();
        boost::asio::co_spawn(io, whole_run(engine, io, stop, error), boost::asio::detached);
        boost::asio::co_spawn(io, keep_screen(clock, engine, *screen, started),
                              boost::asio::detached);
        io.run();
        const auto status = engine.status();
        const double elapsed_s = to_seconds(clock.now() - started);
        screen->refresh(status, elapsed_s);
        summary = summary_of(store, status, stop);
        summary.seconds = elapsed_s;
        log.line(stop.message.empty() ? "ended" : "stopped: " + stop.message);
    }
    if (error) std::rethrow_exception(error);
    summary.dir = folders.root.string();
    summary.resume = "nightshift run -o " + summary.dir + (run.sandbox ? " --sandbox" : "");
    summary.exit_code =
        exit_code_of(stop, summary.counts[State::failed], summary.counts[State::held]);
    screen->finish(summary);
    if (arguments.common.json && settings.progress != "json") {
        fmt::print("{}\n", screen::summary_json(summary));
    }
    return summary.exit_code;
}

}  // namespace nightshift::cli
