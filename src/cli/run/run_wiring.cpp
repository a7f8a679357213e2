#include "cli/run/run_wiring.hpp"

#include "base/bounds.hpp"
#include "base/replaced_file.hpp"
#include "base/text/terminal_text.hpp"
#include "cli/input/exit_code.hpp"
#include "cli/input/fd_budget.hpp"
#include "cli/input/selection.hpp"
#include "cli/load/load_manifests.hpp"
#include "cli/run/control_handler.hpp"
#include "cli/run/done_hook.hpp"
#include "cli/run/resume_command.hpp"
#include "cli/run/run_log.hpp"
#include "cli/run/signals.hpp"
#include "cli/status/live_status_file.hpp"
#include "engine/engine.hpp"
#include "files/ground.hpp"
#include "http/curl/client.hpp"
#include "progress/metrics.hpp"
#include "screen/screen.hpp"
#include "screen/terminal.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

namespace nightshift::cli {
namespace {

constexpr double refresh_s = 0.25;  // the screen, four times a second
constexpr double live_every_s = 2;
constexpr double metrics_every_s = 15;
constexpr const char* sandbox_banner =
    "sandbox run: replies and files are made up by the built-in gateway, nothing is billed";

// Passes events on to the screen and counts them.
class Counted : public ProgressListener {
public:
    explicit Counted(screen::Screen& screen) : screen_(screen) {}
    void on_task(const TaskEvent& event) override {
        metrics.on_task(event);
        screen_.on_task(event);
    }
    void on_accepted(const std::string& endpoint, int http_status) override {
        metrics.on_accepted(endpoint, http_status);
    }
    void on_notice(const std::string& text) override { screen_.on_notice(text); }
    void refresh(const RunStatus& status, double elapsed_s) {
        metrics.look(status, elapsed_s);
        screen_.refresh(status, elapsed_s);
    }

    screen::Metrics metrics;

private:
    screen::Screen& screen_;
};

// A file that is written now and then, by the thread for file work: a slow disk holds nothing up.
Async<void> keep_file(Clock& clock, Workers& files, const ReplacedFile& file, double every_s,
                      std::function<std::string()> text_of) {
    for (;;) {
        auto text = text_of();
        auto write = [&file, &text] { return file.replace(text); };
        co_await files.run(std::move(write));
        co_await clock.sleep_until(clock.now() + seconds(every_s));
    }
}

Async<void> keep_screen(Clock& clock, Engine& engine, Counted& screen, Instant started) {
    for (;;) {
        screen.refresh(engine.status(), to_seconds(clock.now() - started));
        co_await clock.sleep_until(clock.now() + seconds(refresh_s));
    }
}

struct RunEnd {
    Stop stop;
    std::exception_ptr error;
};

Async<void> whole_run(Engine& engine, RunControl& control, boost::asio::io_context& io,
                      RunEnd& end) {
    try {
        end.stop = co_await engine.run();
        co_await control.close();
    } catch (...) {
        end.error = std::current_exception();
    }
    io.stop();
}

// "messages claude-sonnet-4-6 118/min, 8 at once"
std::vector<std::string> limits_text(const Engine& engine) {
    std::vector<std::string> lines;
    for (const auto& [name, learned] : engine.learned_limits()) {
        std::string text;
        auto add = [&text](double value, const char* what) {
            if (value > 0)
                text += fmt::format("{}{:.0f}{}", text.empty() ? " " : ", ", value, what);
        };
        add(learned.requests_per_minute, "/min");
        add(learned.tokens_per_minute, " tokens/min");
        add(learned.concurrency, " at once");
        add(learned.unslowed, " at once, more only wait");
        add(learned.remote_tasks, " videos at once");
        if (!text.empty()) lines.push_back(term_safe(name) + text);
    }
    return lines;
}

// What the user has to do before the run can continue.
std::string resume_when(const Stop& stop, RunBound stopped_by, const RunStatus& status) {
    switch (stop.cause) {
        case StopCause::credentials:
            return "with a key that the gateway takes";
        case StopCause::misconfigured:
        case StopCause::storage:
            return "once that is fixed";
        case StopCause::quota:
            if (stopped_by == RunBound::duration) return "for as long again";
            if (stopped_by == RunBound::none)
                return "once the gateway's quota or balance allows it";
            return fmt::format("with AMOUNT above {:.6g}, of which {:.6g} is spent",
                               status.budget.value_or(0),
                               status.cost.value_or(0) + status.maybe_cost);
        default:
            return {};
    }
}

std::int64_t files_in(const std::filesystem::path& folder) {
    std::error_code error;
    std::int64_t count = 0;
    for (std::filesystem::recursive_directory_iterator at(folder, error), end; !error && at != end;
         at.increment(error)) {
        count += at->is_directory() && !at->is_symlink() ? 0 : 1;
    }
    return count;
}

// Unsent tasks that the selection of this run left out.
std::int64_t unselected_in(Store& store) {
    Selection unsent;
    unsent.states = {State::pending};
    auto count = store.count_of(unsent);
    for (const auto& row : store.counts()) {
        if (row.state == State::pending) count -= row.count;
    }
    return std::max<std::int64_t>(count, 0);
}

bool has_ended(Store& store) {
    const auto counts = store.counts();
    return std::all_of(counts.begin(), counts.end(),
                       [](const CountRow& row) { return is_terminal(row.state); });
}

screen::Summary summary_of(Store& store, const Engine& engine, const Stop& stop) {
    const auto status = engine.status();
    screen::Summary summary;
    for (const auto& count : store.counts()) summary.counts[count.state] += count.count;
    summary.troubles = store.troubles();
    summary.flags = store.flag_counts();
    summary.learned = limits_text(engine);
    summary.posts = status.posts;
    summary.retries = status.retries;
    summary.maybe_billed = status.maybe_billed;
    summary.cost = status.cost;
    summary.estimated_cost = status.estimated_cost;
    summary.maybe_cost = status.maybe_cost;
    summary.budget = status.budget;
    summary.currency = status.currency;
    if (status.cost) summary.costs = store.costs();
    summary.unselected = unselected_in(store);
    summary.stop = stop.message;
    return summary;
}

}  // namespace

std::string title_of(const std::vector<std::string>& manifests, const std::string& dir) {
    if (manifests.empty()) return term_safe(dir);
    return names_of(manifests) + " -> " + term_safe(dir);
}

int run_session(const Arguments& arguments, const Settings& settings,
                const Credentials& credentials, RunPlace place) {
    const auto& run = arguments.run;
    const auto& folders = place.folders;
    auto& store = place.store;
    if (run.limit || !run.only.empty()) {
        Selection selection;
        add_only(selection, run.only);
        selection.limit = run.limit.value_or(-1);
        store.transact([&] { store.select(selection); });
    }
    const bool nothing_to_do = has_ended(store);
    Ledger ledger(folders, store, settings.ledger_mode);
    Ground ground(folders);
    const ReplacedFile live_file(folders.hidden() / "live.json");
    const ReplacedFile metrics_file(settings.metrics_file);
    ReplyLog replies(folders);
    const auto screen =
        screen::make_screen({.progress = settings.progress,
                             .color = arguments.common.color,
                             .quiet = arguments.common.quiet,
                             .verbose = arguments.common.verbose,
                             .title = (run.sandbox ? "sandbox run: " : "") +
                                      title_of(run.manifests, folders.root.string())});
    const auto limit = raise_descriptor_limit();
    auto options = settings.engine;
    const auto in_use = descriptors_in_use();
    const auto descriptors = plan_descriptors(limit, in_use, options.concurrency, run.sandbox);
    const auto scarce = descriptor_warning(descriptors, limit, options.concurrency);
    options.concurrency = descriptors.concurrency;
    auto random = Random::from_system();
    boost::asio::io_context io(1);
    const auto guard = boost::asio::make_work_guard(io);
    RunEnd end;
    screen::Summary summary;
    std::string last_metrics;
    bool paused = false;
    {
        Queue queue(io, store, ledger, Worker::Mode::threaded, [&ground] { ground.check(); });
        Workers files(io, limits::file_threads, Worker::Mode::threaded);
        SystemClock clock(io);
        http::ClientOptions client_options;
        client_options.connect_timeout = seconds(limits::connect_timeout_s);
        client_options.connections_max = descriptors.connections;
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
                    credentials.key,
                    place.gateway,
                    place.before_post};
        Counted counted(*screen);
        const auto log_path = settings.log_file.empty() ? folders.hidden() / "log"
                                                        : std::filesystem::path(settings.log_file);
        const auto format =
            settings.log_format == "json" ? RunLog::Format::json : RunLog::Format::text;
        RunLog log(log_path, format, counted);
        log.line("run of " + credentials.origin.identity() + " with " + credentials.source);
        if (run.sandbox) log.on_notice(sandbox_banner);
        if (!scarce.empty()) log.on_notice(scarce);
        Engine engine(world, options, log);
        const auto started = clock.now();
        auto tell_status = [&] {
            screen->answer(engine.status(), to_seconds(clock.now() - started));
        };
        auto reopen_log = [&log] { log.reopen(); };
        Signals signals(io, engine, log, {std::move(reopen_log), std::move(tell_status)});
        if (!place.door.problem().empty()) {
            log.on_notice("this run takes no orders from other commands: the control socket: " +
                          place.door.problem());
        }
        RunControl control(place.door, {.io = io,
                                        .clock = clock,
                                        .engine = engine,
                                        .queue = queue,
                                        .client = client,
                                        .options = options,
                                        .descriptors = in_use,
                                        .sandbox = run.sandbox,
                                        .loopback_media = credentials.origin.is_loopback(),
                                        .gateway = place.gateway,
                                        .tell = [&log](auto& text) { log.on_notice(text); }});
        boost::asio::co_spawn(io, whole_run(engine, control, io, end), boost::asio::detached);
        boost::asio::co_spawn(io, keep_screen(clock, engine, counted, started),
                              boost::asio::detached);
        auto live = keep_file(clock, files, live_file, live_every_s,
                              [&engine] { return live_json(engine.status()); });
        boost::asio::co_spawn(io, std::move(live), boost::asio::detached);
        if (!settings.metrics_file.empty()) {
            auto metrics = keep_file(clock, files, metrics_file, metrics_every_s,
                                     [&counted] { return counted.metrics.text(); });
            boost::asio::co_spawn(io, std::move(metrics), boost::asio::detached);
        }
        io.run();
        files.finish();
        auto& quiet_store = queue.finish();
        const auto status = engine.status();
        const double elapsed_s = to_seconds(clock.now() - started);
        counted.refresh(status, elapsed_s);
        last_metrics = counted.metrics.text();
        paused = std::any_of(status.lanes.begin(), status.lanes.end(),
                             [](const LaneStatus& lane) { return !lane.paused.empty(); });
        summary = summary_of(quiet_store, engine, end.stop);
        summary.files = files_in(folders.outputs());
        summary.seconds = elapsed_s;
        summary.resume = resume_command(run, folders.root.string(), engine.stopped_by());
        summary.resume_when = resume_when(end.stop, engine.stopped_by(), status);
        log.line(end.stop.message.empty() ? "ended" : "stopped: " + end.stop.message);
    }
    // Nobody else writes it any more.
    if (!settings.metrics_file.empty() && !metrics_file.replace(last_metrics)) {
        screen::say(stderr, "--metrics-file: " + settings.metrics_file + " cannot be written\n");
    }
    if (end.error) std::rethrow_exception(end.error);
    summary.dir = folders.root.string();
    summary.gateway = place.gateway;
    summary.nothing_to_do = nothing_to_do;
    summary.exit_code =
        exit_code_of(end.stop, summary.counts[State::failed], summary.counts[State::held], paused);
    screen->finish(summary);
    if (arguments.common.json && settings.progress != "json") {
        screen::say(stdout, screen::summary_json(summary) + "\n");
    }
    if (!settings.on_done.empty()) run_done_hook(settings.on_done, summary);
    return summary.exit_code;
}

}  // namespace nightshift::cli
