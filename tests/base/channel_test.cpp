#include "base/channel.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <thread>

using namespace nightshift;

TEST_CASE("a channel hands on every batch, in order, to its end") {
    Channel<int> channel(2);
    std::thread giver([&channel] {
        for (int i = 0; i < 1000; ++i) channel.give({2 * i, 2 * i + 1});
        channel.end();
    });
    int next = 0;
    while (const auto batch = channel.take()) {
        for (const int each : *batch) CHECK(each == next++);
    }
    giver.join();
    CHECK(next == 2000);
    CHECK(!channel.take());
}

TEST_CASE("the giver of a full channel waits until one batch was taken") {
    Channel<int> channel(2);
    std::atomic<int> given = 0;
    std::thread giver([&channel, &given] {
        for (int i = 0; i < 5; ++i) {
            channel.give({i});
            ++given;
        }
        channel.end();
    });
    for (int taken = 0; taken < 5; ++taken) {
        // Two wait in the channel; what was taken is the taker's.
        while (given < std::min(5, taken + 2)) std::this_thread::yield();
        CHECK(given <= taken + 2);
        CHECK(channel.take() == std::vector<int>{taken});
    }
    giver.join();
}

TEST_CASE("a taker that has had enough sends the giver home, even one that waits") {
    Channel<std::unique_ptr<int>> channel(1);
    const auto one = [] {
        std::vector<std::unique_ptr<int>> batch;
        batch.push_back(std::make_unique<int>(1));
        return batch;
    };
    CHECK(channel.give(one()));
    std::atomic<bool> refused = false;
    std::thread giver([&] { refused = !channel.give(one()); });
    channel.close();
    giver.join();
    CHECK(refused);
    CHECK(!channel.give(one()));
}

TEST_CASE("a taker that waits learns that there is nothing more") {
    Channel<int> channel(1);
    std::atomic<bool> ended = false;
    std::thread taker([&] { ended = !channel.take(); });
    channel.end();
    taker.join();
    CHECK(ended);
}
