#include "base/bounds.hpp"
#include "base/random.hpp"
#include "engine/engine.hpp"
#include "storage/sqlite/store.hpp"
#include "tests/oracle/oracle.hpp"
#include "tests/pacing/contenders.hpp"
#include "tests/simulation/disk_vfs.hpp"
#include "tests/simulation/sim_disk.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <fmt/format.h>

namespace nightshift::test {
namespace {

class NoListener : public ProgressListener {
public:
    void on_task(const TaskEvent&) override {}
    void on_notice(const std::string& text) override { fmt::print(stderr, "notice: {}\n", text); }
};

void load(Store& store, const PacedCase& the_case) {
    store.transact([&] {
        store.begin_load(1);
        for (const auto& task : the_case.tasks) {
            NewTask row;
            row.id = task.id;
            row.endpoint = task.endpoint;
            row.model = task.model;
            row.path = task.path;
            row.body = task.body;
            row.manifest = "m.jsonl";
            row.estimate = task.estimate;
            store.add(row, OnChange::skip);
        }
    });
}

Async<void> whole_run(Engine& engine, bool& ended) {
    co_await engine.run();
    ended = true;
}

}  // namespace

PacedResult run_ours(const PacedCase& the_case, bool limits_known, std::uint64_t seed) {
    SimDisk disk(seed);
    DiskVfs vfs(disk);
    RunFolders folders;
    folders.root = "/pacing.run";
    folders.disk = &disk;
    make_folders(folders);
    SqliteStore store(folders.queue(), SqliteDb::Mode::read_write,
                      {.journal = Journal::wal, .vfs = vfs.name()});
    load(store, the_case);
    Ledger ledger(folders, store);
    ReplyLog replies(folders);
    NoListener listener;
    boost::asio::io_context io(1);
    Queue queue(io, store, ledger, Worker::Mode::inlined);
    Workers files(io, limits::file_threads, Worker::Mode::inlined);
    VirtualClock clock(io);
    Random random(seed);
    PacedGateway gateway(clock, the_case, seed);
    World world{io,      clock,   random,
                gateway, queue,   files,
                replies, folders, http::Origin::parse("https://gateway.example").value(),
                "sk-k"};
    EngineOptions options;
    if (limits_known) options.limits = the_case.known;
    options.timeout_s["chat_completions"] = the_case.timeout_s;
    Engine engine(world, options, listener);
    const auto began = clock.now();
    bool ended = false;
    boost::asio::co_spawn(io, whole_run(engine, ended), boost::asio::detached);
    while (!ended) {
        io.restart();
        if (io.poll() > 0) continue;
        if (!clock.advance() || clock.now() - began > std::chrono::hours(72)) break;
    }
    std::int64_t succeeded = 0;
    for (const auto& count : store.counts()) {
        if (count.state == State::succeeded) succeeded += count.count;
    }
    std::vector<TaskView> tasks;
    for (const auto& task : the_case.tasks) tasks.push_back(store.find(task.id).value());
    return {gateway.stats(), succeeded == static_cast<std::int64_t>(the_case.tasks.size()),
            to_seconds(clock.now() - began), retry_violations(tasks)};
}

}  // namespace nightshift::test
