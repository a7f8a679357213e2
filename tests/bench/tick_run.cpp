// A run as `nightshift run -o RUN_FOLDER` makes it, without a screen, and with a timer that goes
// off every millisecond: how late it is served is how long a turn of the event loop takes.
//
//   tick_run RUN_FOLDER --base-url URL [-j N]
//
// Prints {"ticks", "p50_ms", "p99_ms", "p999_ms", "max_ms", "succeeded"}. The folder comes from
// `nightshift run MANIFEST -o RUN_FOLDER --limit 0`.

#include "base/bounds.hpp"
#include "engine/engine.hpp"
#include "storage/sqlite/store.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include <sys/resource.h>

namespace {

using namespace nightshift;

class Silent : public ProgressListener {
public:
    void on_task(const TaskEvent&) override {}
    void on_notice(const std::string& text) override { fmt::print(stderr, "{}\n", text); }
};

class Ticks {
public:
    explicit Ticks(boost::asio::io_context& io) : timer_(io) {
        late_us_.reserve(1 << 20);
        next();
    }

    // Lateness that the share `q` of the ticks stays below.
    double quantile_ms(double q) {
        if (late_us_.empty()) return 0;
        const auto last = static_cast<double>(late_us_.size() - 1);
        const auto at = late_us_.begin() + static_cast<std::ptrdiff_t>(q * last);
        std::nth_element(late_us_.begin(), at, late_us_.end());
        return *at / 1000.0;
    }
    std::size_t count() const { return late_us_.size(); }

private:
    void next() {
        timer_.expires_after(std::chrono::milliseconds(1));
        timer_.async_wait([this](const boost::system::error_code& error) {
            if (error) return;
            const auto late = std::chrono::steady_clock::now() - timer_.expiry();
            late_us_.push_back(static_cast<std::uint32_t>(
                std::chrono::duration_cast<std::chrono::microseconds>(late).count()));
            next();
        });
    }

    boost::asio::steady_timer timer_;
    std::vector<std::uint32_t> late_us_;
};

Async<void> whole_run(Engine& engine, boost::asio::io_context& io, Stop& stop) {
    stop = co_await engine.run();
    io.stop();
}

void raise_descriptor_limit() {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

std::int64_t succeeded_in(Store& store) {
    std::int64_t sum = 0;
    for (const auto& row : store.counts()) {
        if (row.state == State::succeeded) sum += row.count;
    }
    return sum;
}

int run(const std::string& folder, const std::string& base_url, int concurrency) {
    const RunFolders folders{folder};
    SqliteStore store(folders.queue(), SqliteDb::Mode::read_write);
    Ledger ledger(folders, store);
    ReplyLog replies(folders);
    auto random = Random::from_system();
    boost::asio::io_context io(1);
    Ticks ticks(io);
    Stop stop;
    {
        Queue queue(io, store, ledger, Worker::Mode::threaded);
        Workers files(io, limits::file_threads, Worker::Mode::threaded);
        SystemClock clock(io);
        http::ClientOptions client_options;
        client_options.connect_timeout = seconds(limits::connect_timeout_s);
        client_options.connections_max = concurrency + 32;
        http::Client client(io, client_options);
        World world{io,        clock,   random,
                    client,    queue,   files,
                    replies,   folders, http::Origin::parse(base_url).value(),
                    "sk-bench"};
        EngineOptions options;
        options.concurrency = concurrency;
        LimitRule rule;
        rule.match = "*";
        rule.concurrency = concurrency;
        options.limits.push_back(rule);
        Silent silent;
        Engine engine(world, options, silent);
        boost::asio::co_spawn(io, whole_run(engine, io, stop), boost::asio::detached);
        io.run();
        files.finish();
        queue.finish();
    }
    fmt::print(R"({{"ticks": {}, "p50_ms": {:.3f}, "p99_ms": {:.3f}, "p999_ms": {:.3f},)"
               R"( "max_ms": {:.3f}, "succeeded": {}}})"
               "\n",
               ticks.count(), ticks.quantile_ms(0.5), ticks.quantile_ms(0.99),
               ticks.quantile_ms(0.999), ticks.quantile_ms(1), succeeded_in(store));
    if (stop.message.empty()) return 0;
    fmt::print(stderr, "tick_run: {}\n", stop.message);
    return 1;
}

}  // namespace

int main(int argc, char** argv) {
    std::string folder, base_url;
    int concurrency = 64;
    CLI::App app("A run that measures its event loop.");
    app.add_option("RUN_FOLDER", folder)->required();
    app.add_option("--base-url", base_url)->required();
    app.add_option("-j", concurrency);
    CLI11_PARSE(app, argc, argv);
    raise_descriptor_limit();
    try {
        return run(folder, base_url, concurrency);
    } catch (const std::exception& error) {
        fmt::print(stderr, "tick_run: {}\n", error.what());
        return 1;
    }
}
