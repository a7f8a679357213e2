#include "replies/shared_fsync.hpp"

#include "base/failure.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <utility>

using namespace nightshift;

namespace {

struct Desk {
    // Asks for a sync of `what`; who asks is added to `ended` when it is done, or to `failed`.
    void ask(const int& what, const std::string& who) {
        auto one = [](Desk& desk, const int& thing, std::string name) -> Async<void> {
            auto sync = [&desk, &thing] {
                desk.synced += std::to_string(thing);
                std::exchange(desk.meanwhile, [] {})();
                if (desk.refuses) throw StorageError("sync: as planned");
            };
            try {
                co_await desk.syncs.run(&thing, std::move(sync));
                desk.ended += name;
            } catch (const StorageError&) {
                desk.failed += name;
            }
        };
        auto whole = one(*this, what, who);
        boost::asio::co_spawn(io, std::move(whole), boost::asio::detached);
    }
    void run() {
        io.restart();
        io.run();
    }

    boost::asio::io_context io{1};
    Workers files{io, 0, Worker::Mode::inlined};
    GroupSync syncs{io, files};
    std::string synced;
    std::string ended, failed;
    std::function<void()> meanwhile = [] {};  // what comes while the next sync is on its way
    bool refuses = false;
    int a = 1, b = 2;
};

}  // namespace

TEST_CASE("who asks while a sync is on its way waits for the next, and shares it") {
    Desk desk;
    desk.meanwhile = [&desk] {
        for (const char* who : {"2", "3", "4"}) desk.ask(desk.a, who);
    };
    desk.ask(desk.a, "1");

    desk.run();

    CHECK(desk.ended == "1234");
    CHECK(desk.synced == "11");
}

TEST_CASE("what is another thing is synced for itself") {
    Desk desk;
    desk.ask(desk.a, "1");
    desk.ask(desk.b, "2");
    desk.run();
    CHECK(desk.ended == "12");
    CHECK(desk.synced == "12");
}

TEST_CASE("one after the other each has its own sync") {
    Desk desk;
    for (const char* who : {"1", "2"}) {
        desk.ask(desk.a, who);
        desk.run();
    }
    CHECK(desk.ended == "12");
    CHECK(desk.synced == "11");
}

TEST_CASE("a sync that fails is told to all who shared it, and to nobody else") {
    Desk desk;
    desk.meanwhile = [&desk] {
        desk.ask(desk.a, "2");
        desk.ask(desk.a, "3");
        desk.meanwhile = [&desk] { desk.refuses = true; };
    };
    desk.ask(desk.a, "1");
    desk.run();
    CHECK(desk.ended == "1");
    CHECK(desk.failed == "23");

    desk.refuses = false;
    desk.ask(desk.a, "4");
    desk.run();
    CHECK(desk.ended == "14");
}
