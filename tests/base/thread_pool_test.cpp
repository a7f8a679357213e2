#include "base/thread_pool.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <doctest/doctest.h>

#include <atomic>
#include <future>
#include <stdexcept>

using namespace nightshift;

namespace {

template <class Work>
Async<void> call(Workers& workers, Work work, int& returned) {
    co_await workers.run(std::move(work));
    ++returned;
}

void run_until(boost::asio::io_context& io, const int& returned, int count) {
    while (returned < count) {
        io.restart();
        io.run_one();
    }
}

}  // namespace

TEST_CASE("a step that waits keeps no other from being done, nor its caller from going on") {
    boost::asio::io_context io(1);
    Workers workers(io, 2, Worker::Mode::threaded);
    std::promise<void> gate;
    int waited = 0, others = 0;
    auto wait = [&gate] { gate.get_future().wait(); };
    boost::asio::co_spawn(io, call(workers, std::move(wait), waited), boost::asio::detached);
    for (int i = 0; i < 10; ++i) {
        auto nothing = [] {};
        boost::asio::co_spawn(io, call(workers, std::move(nothing), others), boost::asio::detached);
    }
    run_until(io, others, 10);
    CHECK(waited == 0);
    gate.set_value();
    run_until(io, waited, 1);
}

TEST_CASE("callers get what their steps return or throw, with threads and without") {
    for (const auto mode : {Worker::Mode::threaded, Worker::Mode::inlined}) {
        boost::asio::io_context io(1);
        Workers workers(io, 3, mode);
        int returned = 0, sum = 0, failures = 0;
        auto ask = [&](int i) -> Async<void> {
            auto work = [i] {
                if (i % 5 == 0) throw std::runtime_error("as planned");
                return i;
            };
            try {
                sum += co_await workers.run(std::move(work));
            } catch (const std::runtime_error&) {
                ++failures;
            }
            ++returned;
        };
        for (int i = 1; i <= 20; ++i) boost::asio::co_spawn(io, ask(i), boost::asio::detached);
        run_until(io, returned, 20);
        CHECK(failures == 4);
        CHECK(sum == 210 - 50);
    }
}

TEST_CASE("what is queued is done before the workers end") {
    boost::asio::io_context io(1);
    std::atomic<int> done = 0;
    int returned = 0;
    {
        Workers workers(io, 2, Worker::Mode::threaded);
        for (int i = 0; i < 50; ++i) {
            auto work = [&done] { ++done; };
            boost::asio::co_spawn(io, call(workers, std::move(work), returned),
                                  boost::asio::detached);
        }
        io.poll();
    }
    CHECK(done == 50);
}
