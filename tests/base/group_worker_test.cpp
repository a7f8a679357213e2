#include "base/group_worker.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <doctest/doctest.h>

#include <stdexcept>

using namespace nightshift;

namespace {

struct Count {
    std::vector<int> done;               // written by the worker only
    int returned = 0, failures = 0;      // written by the loop only
    std::thread::id worker_thread = {};  // where the last step ran
};

// One caller: so many steps, one after the other; counts those that failed.
Async<void> call(Worker& worker, int steps, Count& count) {
    for (int i = 0; i < steps; ++i) {
        auto step = [&count, i] {
            if (i % 10 == 9) throw std::runtime_error("as planned");
            count.done.push_back(i);
            return i;
        };
        bool failed = false;
        try {
            const int result = co_await worker.run(std::move(step));
            CHECK(result == i);
        } catch (const std::runtime_error&) {
            failed = true;
        }
        count.failures += failed;
        ++count.returned;
    }
}

Count work_through(Worker::Mode mode) {
    Count count;
    boost::asio::io_context io(1);
    Worker worker(io, Worker::run_each, mode);
    for (int caller = 0; caller < 20; ++caller) {
        auto steps = call(worker, 50, count);
        boost::asio::co_spawn(io, std::move(steps), boost::asio::detached);
    }
    auto where = [&worker, &count]() -> Async<void> {
        auto look = [] { return std::this_thread::get_id(); };
        count.worker_thread = co_await worker.run(std::move(look));
    };
    boost::asio::co_spawn(io, where, boost::asio::detached);
    while (count.returned < 1000 || count.worker_thread == std::thread::id()) {
        io.restart();
        io.run_one();
    }
    return count;
}

// How many of the callers of one turn go on before what the first of them posts to the loop.
int resumed_before_others(int callers) {
    boost::asio::io_context io(1);
    int returned = 0, before_other = 0;
    Worker worker(io, Worker::run_each, Worker::Mode::threaded);
    auto one = [&]() -> Async<void> {
        auto step = [] {};
        co_await worker.run(std::move(step));
        if (returned++ == 0) {
            boost::asio::post(io, [&] { before_other = returned; });
        }
    };
    for (int i = 0; i < callers; ++i) boost::asio::co_spawn(io, one, boost::asio::detached);
    while (returned < callers || before_other == 0) {
        io.restart();
        io.run_one();
    }
    return before_other;
}

}  // namespace

TEST_CASE("steps run on the worker's thread, their callers go on with result or error") {
    const auto count = work_through(Worker::Mode::threaded);

    CHECK(count.done.size() == 900);
    CHECK(count.failures == 100);
    CHECK(count.worker_thread != std::this_thread::get_id());
}

TEST_CASE("without a thread the same steps run where they are asked for") {
    const auto count = work_through(Worker::Mode::inlined);

    CHECK(count.done.size() == 900);
    CHECK(count.failures == 100);
    CHECK(count.worker_thread == std::this_thread::get_id());
}

TEST_CASE("steps that come in one pass of the loop share a turn") {
    std::vector<std::size_t> turns;  // written by the worker only, and read after its end
    boost::asio::io_context io(1);
    {
        int returned = 0;
        auto turn = [&turns](std::vector<Step>& steps) {
            turns.push_back(steps.size());
            Worker::run_each(steps);
        };
        Worker worker(io, turn, Worker::Mode::threaded);
        auto one = [&worker, &returned]() -> Async<void> {
            auto step = [] {};
            co_await worker.run(std::move(step));
            ++returned;
        };
        for (int i = 0; i < 40; ++i) boost::asio::co_spawn(io, one, boost::asio::detached);
        while (returned < 40) {
            io.restart();
            io.run_one();
        }
    }
    CHECK(turns == std::vector<std::size_t>{40});
}

TEST_CASE("the callers of a large turn go on in bites, and the loop serves others in between") {
    const int together = resumed_before_others(500);
    CHECK(together > 0);
    CHECK(together < 50);
}

TEST_CASE("the callers of a small turn go on together") {
    CHECK(resumed_before_others(64) == 64);
}

TEST_CASE("to finish is to do what is queued, and nothing after it") {
    boost::asio::io_context io(1);
    int done = 0;
    Worker worker(io, Worker::run_each, Worker::Mode::threaded);
    auto one = [&worker, &done]() -> Async<void> {
        auto step = [&done] { ++done; };
        co_await worker.run(std::move(step));
    };
    for (int i = 0; i < 3; ++i) boost::asio::co_spawn(io, one, boost::asio::detached);
    for (int asked = 0; asked < 3; ++asked) io.run_one();  // nothing is handed over yet

    worker.finish();

    CHECK(done == 3);  // no other thread writes it any more
}
