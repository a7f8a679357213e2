// The store as the loop sees it: asynchronous, with group commit. Everything that queued up runs
// in one transaction; after its commit the ledger lines are appended and all callers resume.
//
// A step that throws rolls its whole turn back and every caller of that turn gets the error, so
// expected outcomes are values (a lost row is `false`). What throws here ends the run (exit 7).

#pragma once

#include "base/clock.hpp"
#include "base/group_worker.hpp"
#include "ledger/ledger.hpp"
#include "storage/store.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/container/deque.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>

namespace nightshift {

// How long commits took. Added to by the queue's writer, read by the loop.
class CommitTimes {
public:
    struct Sum {
        std::int64_t count = 0;
        double seconds = 0;
    };

    void add(Duration taken) {
        nanoseconds_ += std::chrono::duration_cast<std::chrono::nanoseconds>(taken).count();
        ++count_;
    }
    // The two may be one commit apart.
    Sum sum() const { return {count_, static_cast<double>(nanoseconds_) / 1e9}; }

private:
    std::atomic<std::int64_t> count_ = 0, nanoseconds_ = 0;
};

inline bool is_retry(const Row& row) {
    return row.failures > 0;
}

// Rows of a lane that are claimed and not started, in the order of the queue.
class RowBuffer {
public:
    // One of std allocates before anything is in it, and there may be a lane for each row.
    using Rows = boost::container::deque<Row>;

    void push(Row row) {
        bytes_ += row.body.size();
        first_tries_ += is_retry(row) ? 0 : 1;
        rows_.push_back(std::move(row));
    }
    Row take(std::size_t at) {
        auto row = std::move(rows_[at]);
        rows_.erase(rows_.begin() + static_cast<std::ptrdiff_t>(at));
        bytes_ -= row.body.size();
        first_tries_ -= is_retry(row) ? 0 : 1;
        return row;
    }
    Rows take_all() {
        bytes_ = first_tries_ = 0;
        return std::exchange(rows_, {});
    }

    bool empty() const { return rows_.empty(); }
    const Row& front() const { return rows_.front(); }
    const Row& operator[](std::size_t at) const { return rows_[at]; }
    std::size_t bytes() const { return bytes_; }  // of bodies
    std::size_t first_tries() const { return first_tries_; }
    std::optional<std::size_t> first_try() const {  // the first of them
        const auto found = std::find_if_not(rows_.begin(), rows_.end(), is_retry);
        if (found == rows_.end()) return std::nullopt;
        return static_cast<std::size_t>(found - rows_.begin());
    }

private:
    Rows rows_;
    std::size_t bytes_ = 0, first_tries_ = 0;
};

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
