// The store as the loop sees it: asynchronous, with group commit. Everything that queued up runs
// in one transaction; after its commit the ledger lines are appended and all callers resume.
//
// A step that throws rolls its whole turn back and every caller of that turn gets the error, so
// expected outcomes are values (a lost row is `false`). What throws here ends the run (exit 7).

#pragma once

#include "base/group_worker.hpp"
#include "engine/run/commit_times.hpp"
#include "ledger/ledger.hpp"
#include "storage/store.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <functional>

namespace nightshift {

class Queue {
public:
    // `check_ground` throws StorageError when what was just committed is not where the next start
    // looks for it; then no caller of the turn goes on to pay.
    Queue(
        boost::asio::io_context& io, Store& store, Ledger& ledger, Worker::Mode mode,
        std::function<void()> check_ground = [] {})
        : io_(io),
          store_(store),
          ledger_(ledger),
          check_ground_(std::move(check_ground)),
          worker_(
              io, [this](std::vector<Step>& steps) { turn(steps); }, mode) {}

    // Finishes what is queued and gives the store back, which until then is the worker's alone: two
    // threads on one connection end in a crash. The loop must not run any more.
    Store& finish() {
        worker_.finish();
        return store_;
    }

    // `work(Store&)` in the next transaction; resumes after its commit.
    template <class Work, class T = std::invoke_result_t<Work&, Store&>>
    Async<T> run(Work work) {
        return worker_.run([this, work = std::move(work)]() mutable { return work(store_); });
    }

    // A claimed row is given back without an ending. Not waited for.
    void forget(std::int64_t row) {
        auto release = [row](Store& store) { store.release(row); };
        auto whole = run(std::move(release));
        boost::asio::co_spawn(io_, std::move(whole), boost::asio::detached);
    }

    // Makes the ledger durable up to here.
    Async<void> sync_ledger() {
        auto mark = [this] { sync_wanted_ = true; };
        co_await worker_.run(std::move(mark));
    }

    // For when nothing is written: throws StorageError as a turn would.
    Async<void> check_ground() {
        auto nothing = [] {};
        co_await worker_.run(std::move(nothing));
    }

    // Of transactions with their ledger lines, since the run began.
    CommitTimes::Sum commit_times() const { return commit_times_.sum(); }

private:
    void turn(std::vector<Step>& steps) {
        const auto begun = std::chrono::steady_clock::now();
        try {
            store_.transact([&] {
                for (auto& step : steps) step();
            });
            ledger_.append(store_.take_committed());
            check_ground_();
            if (sync_wanted_) ledger_.sync();
            sync_wanted_ = false;
            commit_times_.add(std::chrono::steady_clock::now() - begun);
        } catch (...) {
            for (auto& step : steps) step.error = std::current_exception();
        }
    }

    boost::asio::io_context& io_;
    Store& store_;
    Ledger& ledger_;
    std::function<void()> check_ground_;
    bool sync_wanted_ = false;  // writer thread only
    CommitTimes commit_times_;
    Worker worker_;
};

}  // namespace nightshift
