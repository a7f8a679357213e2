// The queue on a disk that forgets what was not synced: whatever was reported as done, or was once
// read by a start, outlasts a power cut.

#include "storage/sqlite/store.hpp"
#include "tests/simulation/disk_vfs.hpp"
#include "tests/simulation/sim_disk.hpp"
#include "tests/storage/store_contract.hpp"

#include <doctest/doctest.h>

using namespace nightshift;
using namespace nightshift::test;

namespace {

// A queue with one task that has an intent, and one process after the other on it.
class Machine {
public:
    using Crash = SimDisk::Crash;

    Machine(Journal journal, std::uint64_t seed)
        : disk_(seed), vfs_(disk_), on_disk_{.journal = journal, .vfs = vfs_.name()} {
        auto store = open();
        load(store, {task_named("a")});
        row_ = claim_all(store).at(0);
        store.transact([&] { store.intend(row_.row, 1, 1); });
    }

    // Ends the task and dies; earlier, at the n-th change of the disk, when n is not 0. True: the
    // commit was reported as done.
    bool end_task(std::uint64_t dies_at, Crash how) {
        bool done = false;
        {
            auto store = open();
            disk_.stop_after(dies_at);
            try {
                store.transact([&] { store.end(success_of(row_)); });
                done = true;
            } catch (const StorageError&) {
            }
            disk_.stop();
        }
        disk_.crash(how);
        return done;
    }

    State read_and_die(Crash how) {
        State state{};
        {
            auto store = open();
            state = store.find("a")->row.state;
            disk_.stop();
        }
        disk_.crash(how);
        return state;
    }

private:
    SqliteStore open() { return SqliteStore("/q/queue.db", SqliteDb::Mode::read_write, on_disk_); }

    SimDisk disk_;
    DiskVfs vfs_;
    SqliteOptions on_disk_;
    Row row_;
};

constexpr std::uint64_t seeds = 8;  // what a power cut lets through is drawn

}  // namespace

TEST_CASE("fault row 14: a commit that was reported outlasts a power cut, with either journal") {
    for (const auto journal : {Journal::wal, Journal::rollback}) {
        for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
            CAPTURE(static_cast<int>(journal));
            CAPTURE(seed);
            Machine machine(journal, seed);
            REQUIRE(machine.end_task(0, SimDisk::Crash::power_cut));
            CHECK(machine.read_and_die(SimDisk::Crash::killed) == State::succeeded);
        }
    }
}

// A process that is killed within a commit leaves it readable in memory of the system before it is
// on the disk.
TEST_CASE("fault row 14: what a start has read after a kill outlasts a power cut") {
    int seen_before_done = 0;
    for (const auto journal : {Journal::wal, Journal::rollback}) {
        for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
            bool done = false;
            for (std::uint64_t dies_at = 1; !done; ++dies_at) {
                CAPTURE(static_cast<int>(journal));
                CAPTURE(seed);
                CAPTURE(dies_at);
                Machine machine(journal, seed);
                done = machine.end_task(dies_at, SimDisk::Crash::killed);
                const auto seen = machine.read_and_die(SimDisk::Crash::power_cut);
                CHECK(machine.read_and_die(SimDisk::Crash::killed) == seen);
                seen_before_done += !done && seen == State::succeeded;
            }
        }
    }
    CHECK(seen_before_done > 0);
}
