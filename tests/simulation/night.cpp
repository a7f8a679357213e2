#include "tests/simulation/night.hpp"

#include "base/bounds.hpp"
#include "base/digest.hpp"
#include "engine/engine.hpp"
#include "storage/sqlite/store.hpp"
#include "tests/oracle/oracle.hpp"
#include "tests/simulation/disk_vfs.hpp"
#include "tests/simulation/plan.hpp"
#include "tests/simulation/sim_disk.hpp"
#include "tests/simulation/sim_network.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace nightshift::test {
namespace {

constexpr const char* dir = "/night.run";
constexpr const char* key = "sk-canary-0123456789";
constexpr double life_longest_s = 72 * 3600;
constexpr int lives_most = 60;
constexpr std::uint64_t plenty = 1ull << 40;

class NoListener : public ProgressListener {
public:
    void on_task(const TaskEvent&) override {}
    void on_notice(const std::string&) override {}
};

struct Ended {
    bool ended = false;
    Stop stop;
};

Async<void> whole_run(Engine& engine, Ended& result) {
    try {
        result.stop = co_await engine.run();
    } catch (const StorageError& error) {
        result.stop = {StopCause::storage, error.what()};
    }
    result.ended = true;
}

std::string words_of(const RunStatus& status) {
    std::string words = fmt::format("in flight {}; {}\n", status.in_flight, status.notice);
    for (const auto& lane : status.lanes) {
        words += fmt::format(
            "  {}: {} tasks, {} succeeded, {} failed, {} held, {} running, "
            "{} submitted {}\n",
            lane.model, lane.total, lane.succeeded, lane.failed, lane.held, lane.running,
            lane.submitted, lane.waiting);
    }
    return words;
}

class Night {
public:
    explicit Night(std::uint64_t seed)
        : plan_(plan_of(seed)),
          disk_(seed ^ 0xd15c),
          vfs_(disk_),
          on_disk_{.journal = Journal::wal, .vfs = vfs_.name()},
          gateway_(plan_.gateway, seed ^ 0x6a7e),
          random_(seed ^ 0x11fe) {
        folders_.root = dir;
        folders_.disk = &disk_;
        Price price;
        price.per_task = 1;
        plan_.options.prices = {{"*", price}};
        report_.seed = seed;
        report_.tasks = static_cast<int>(plan_.tasks.size());
    }

    NightReport live();

private:
    enum class End { finished, stopped, killed, power_cut };
    struct Life {
        End end = End::stopped;
        std::string words;
    };

    Life live_once(const Disturbance& disturbance);
    Life live_in(boost::asio::io_context& io, VirtualClock& clock, const Disturbance& disturbance);
    void load(Store& store);
    void drive(boost::asio::io_context& io, VirtualClock& clock, const Disturbance& disturbance,
               const Ended& result);
    void check_files(const std::string& when);
    void judge();
    void judge_tasks(const Remains& remains);
    double billed_for_good() const;
    void check_budget();
    void judge_money(const Charge& spent);
    void complain(std::string what) { report_.violations.push_back(std::move(what)); }

    Plan plan_;
    SimDisk disk_;
    DiskVfs vfs_;
    SqliteOptions on_disk_;
    SimGateway gateway_;
    Random random_;
    RunFolders folders_;
    NightReport report_;
    Instant now_ = Instant(std::chrono::hours(1));
    std::int64_t wall_offset_ms_ = 0;
    bool killed_ = false, calm_ = false;
    std::int64_t posts_known_ = 0;
};

void Night::load(Store& store) {
    store.transact([&] {
        store.begin_load(night_begins_ms);
        for (const auto& task : plan_.tasks) {
            NewTask row;
            row.id = task.id;
            row.endpoint = task.endpoint;
            row.model = task.model;
            row.path = task.path;
            row.body = task.body;
            row.manifest = "m.jsonl";
            store.add(row, OnChange::skip);
        }
    });
}

// Handler by handler, so that the process can die between any two.
void Night::drive(boost::asio::io_context& io, VirtualClock& clock, const Disturbance& disturbance,
                  const Ended& result) {
    const auto begun = clock.now();
    std::uint64_t steps = 0;
    while (!result.ended && !disk_.stopped()) {
        if (++steps == disturbance.kill_at_step) {
            killed_ = true;
            return;
        }
        if (steps == disturbance.jump_at_step) clock.jump_wall(disturbance.wall_jump_ms);
        if (steps == disturbance.room_at_step) disk_.set_capacity(plenty);
        io.restart();
        if (io.poll_one() > 0) continue;
        if (!clock.advance()) return complain("the run waits for nothing: no timer, no handler");
        if (to_seconds(clock.now() - begun) > life_longest_s) {
            return complain("the run does not end");
        }
    }
}

Night::Life Night::live_in(boost::asio::io_context& io, VirtualClock& clock,
                           const Disturbance& disturbance) {
    make_folders(folders_);
    SqliteStore store(folders_.queue(), SqliteDb::Mode::read_write, on_disk_);
    load(store);
    Ledger ledger(folders_, store);
    ReplyLog replies(folders_);
    NoListener listener;
    Queue queue(io, store, ledger, Worker::Mode::inlined);
    Workers files(io, limits::file_threads, Worker::Mode::inlined);
    SimNetwork network(clock, gateway_, calm_ ? NetworkMoods{} : plan_.network, random_.bits());
    World world{io,      clock,    random_,
                network, queue,    files,
                replies, folders_, http::Origin::parse("https://gateway.example").value(),
                key};
    auto options = plan_.options;
    // Every third night has money for half of its tasks until it is calm.
    if (!calm_ && report_.seed % 3 == 0) options.budget = report_.tasks / 2;
    Engine engine(world, options, listener);
    Ended result;
    boost::asio::co_spawn(io, whole_run(engine, result), boost::asio::detached);
    drive(io, clock, disturbance, result);
    if (!report_.violations.empty()) report_.story += words_of(engine.status());
    if (!result.ended) {
        disk_.stop();  // what the destructors of a killed process would have done does not happen
        return {.end = End::killed, .words = "killed"};
    }
    if (result.stop.cause != StopCause::none) {
        return {.end = End::stopped, .words = "stopped: " + result.stop.message};
    }
    return {.end = End::finished, .words = "finished"};
}

Night::Life Night::live_once(const Disturbance& disturbance) {
    killed_ = false;
    disk_.stop_after(disturbance.stop_after_changes);
    disk_.fail_after(disturbance.fail_after_changes);
    disk_.set_capacity(disturbance.room_bytes == 0 ? plenty
                                                   : disk_.used() + disturbance.room_bytes);
    Life life;
    {
        boost::asio::io_context io(1);
        VirtualClock clock(io, now_);
        clock.jump_wall(wall_offset_ms_);
        try {
            life = live_in(io, clock, disturbance);
        } catch (const StorageError& error) {
            life.words = fmt::format("no start: {}", error.what());
        }
        now_ = clock.now();
        wall_offset_ms_ = clock.wall_ms() - VirtualClock(io, now_).wall_ms();
    }
    if (disk_.stopped()) {
        life.end = disturbance.power_cut ? End::power_cut : End::killed;
        disk_.crash(disturbance.power_cut ? SimDisk::Crash::power_cut : SimDisk::Crash::killed);
        life.words = disturbance.power_cut ? "power cut" : "killed";
    }
    return life;
}

void Night::check_files(const std::string& when) {
    for (const auto& [name, bytes] : disk_.files_below(folders_.outputs().string())) {
        if (!gateway_.is_whole(name, bytes)) {
            complain(fmt::format("{}: outputs/{} has {} bytes and is not whole", when, name,
                                 bytes.size()));
        }
    }
}

void Night::judge_tasks(const Remains& remains) {
    for (const auto& view : remains.tasks) {
        const auto& row = view.row;
        if (!is_terminal(row.state)) {
            complain(row.id + ": " + std::string(name_of(row.state)) + " after the end");
            continue;
        }
        report_.succeeded += row.state == State::succeeded;
        report_.failed += row.state == State::failed;
        report_.held += row.state == State::held;
        const auto line = nlohmann::json::parse(view.ledger_line.value_or("{}"), nullptr, false);
        const auto reason = plan_.reason_against(row, view.error_kind);
        if (!reason.empty()) complain(row.id + ": " + reason);
        if (row.state == State::succeeded && line.value("outputs", nlohmann::json()).empty() &&
            line.value("text", nlohmann::json()) != SimGateway::text_for(row.body)) {
            complain(row.id + ": another task's answer: " + line.dump());
        }
    }
}

// What the gateway has been paid and does not give back.
double Night::billed_for_good() const {
    double billed = 0;
    for (const auto& entry : gateway_.books()) {
        const bool given_back = !entry.remote_id.empty() && gateway_.ended_badly(entry.remote_id);
        billed += entry.billed && !given_back;
    }
    return billed;
}

void Night::check_budget() {
    if (calm_ || report_.seed % 3 != 0) return;
    const double billed = billed_for_good();
    if (billed <= report_.tasks / 2) return;
    complain(fmt::format("{} billed with a budget of {}", billed, report_.tasks / 2));
}

// Each task costs 1: nothing that the gateway's books bill may be missing in what was spent, and
// nothing is spent but on POSTs that were made. What ended badly at the gateway it gives back.
void Night::judge_money(const Charge& spent) {
    const auto billed = billed_for_good();
    const auto posts = static_cast<double>(posts_known_);
    const double sum = spent.cost + spent.maybe_cost;
    if (sum < billed - 1e-6) {
        complain(fmt::format("{} is spent by the queue, {} by the books", sum, billed));
    }
    if (sum > posts + 1e-6) complain(fmt::format("{} is spent on {} POSTs", sum, posts));
}

void Night::judge() {
    disk_.stop_after(0);
    disk_.fail_after(0);
    disk_.set_capacity(plenty);
    Remains remains;
    {
        SqliteStore store(folders_.queue(), SqliteDb::Mode::read_write, on_disk_);
        for (const auto& task : plan_.tasks) {
            auto view = store.find(task.id);
            if (view) posts_known_ += view->row.attempts;
            if (view) remains.tasks.push_back(std::move(*view));
            if (!view) complain(task.id + ": not in the queue");
        }
        judge_money(store.spent());
    }
    {
        SqliteDb db(folders_.queue(), SqliteDb::Mode::read_write, vfs_.name());
        Statement check(db, "PRAGMA integrity_check");
        remains.integrity = check.step() ? std::string(check.text(0)) : "no answer";
    }
    for (const auto& [name, bytes] : disk_.files_below(dir)) {
        if (name == "ledger.jsonl") remains.ledger = bytes;
        if (bytes.find(key) != std::string::npos) remains.key_found.push_back(name);
        if (name.rfind("outputs/", 0) == 0) {
            remains.outputs.push_back(
                {.path = name, .bytes = bytes.size(), .sha256 = sha256_hex(bytes)});
        }
    }
    remains.books = gateway_.books();
    report_.ledger_sha256 = sha256_hex(remains.ledger);
    for (auto& violation : violations(remains)) complain(std::move(violation));
    judge_tasks(remains);
    for (const auto& entry : remains.books) report_.billed += entry.billed;
    // Each start may begin with a request of its own.
    if (gateway_.over_limit() > 2 * report_.lives) {
        complain(fmt::format("{} requests above the limit", gateway_.over_limit()));
    }
}

NightReport Night::live() {
    const auto began = now_;
    for (bool finished = false; !finished && report_.violations.empty();) {
        calm_ = report_.lives >= static_cast<int>(plan_.disturbances.size());
        if (calm_) gateway_.calm();
        const auto life = live_once(
            calm_ ? Disturbance{} : plan_.disturbances[static_cast<std::size_t>(report_.lives)]);
        ++report_.lives;
        report_.kills += life.end == End::killed;
        report_.power_cuts += life.end == End::power_cut;
        report_.stops += life.end == End::stopped;
        report_.story += fmt::format("life {} to {:.0f} s: {}\n", report_.lives,
                                     to_seconds(now_ - began), life.words);
        check_files(fmt::format("after life {}", report_.lives));
        check_budget();
        finished = life.end == End::finished;
        now_ += seconds(random_.between(1, 600));
        if (report_.lives >= lives_most) complain("not finished after so many lives");
    }
    report_.hours = to_seconds(now_ - began) / 3600;
    report_.task_hours = report_.hours * report_.tasks;
    try {
        if (report_.violations.empty()) judge();
    } catch (const StorageError& error) {
        complain(fmt::format("what is left cannot be read: {}", error.what()));
    }
    return report_;
}

}  // namespace

NightReport live_night(std::uint64_t seed) {
    Night night(seed);
    return night.live();
}

}  // namespace nightshift::test
