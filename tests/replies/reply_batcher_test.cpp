#include "replies/reply_batcher.hpp"

#include "base/failure.hpp"
#include "tests/simulation/sim_disk.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <doctest/doctest.h>

using namespace nightshift;
using nightshift::test::SimDisk;

namespace {

RunFolders folders_on(SimDisk& disk) {
    disk.set_capacity(160'000);  // the log sets aside a sixteenth of it
    RunFolders folders;
    folders.root = "/x.run";
    folders.disk = &disk;
    return folders;
}

struct Desk {
    Desk() {
        reply.status = 200;
        reply.body = "{}";
    }
    void keep(std::int64_t row) {
        auto one = [](Desk& desk, std::int64_t which) -> Async<void> {
            try {
                auto file = co_await desk.keeper.keep(which, 1, desk.reply);
                (file != nullptr ? desk.kept : desk.refused) += 1;
            } catch (const StorageError&) {
                ++desk.failed;
            }
        };
        auto whole = one(*this, row);
        boost::asio::co_spawn(io, std::move(whole), boost::asio::detached);
    }
    void keep_three() {
        for (std::int64_t row = 1; row <= 3; ++row) keep(row);
        io.restart();
        io.run();
    }

    SimDisk disk{1};
    RunFolders folders = folders_on(disk);
    http::Reply reply;
    int kept = 0, refused = 0, failed = 0;
    boost::asio::io_context io{1};
    ReplyLog log{folders};
    ReplyKeeper keeper{io, log};
};

}  // namespace

TEST_CASE("replies that are there together are kept with one write") {
    Desk desk;
    const auto before = desk.disk.changes();
    desk.keep_three();

    CHECK(desk.kept == 3);
    CHECK(desk.disk.changes() == before + 1);
    for (int row = 1; row <= 3; ++row) CHECK(desk.log.recover(row, 1).value().body == "{}");
}

TEST_CASE("on a full disk none of them is kept, and all may be tried again") {
    Desk desk;
    desk.reply.body = std::string(20'000, 'x');
    desk.disk.set_capacity(desk.disk.used());
    desk.keep_three();
    CHECK(desk.refused == 3);

    desk.disk.set_capacity(1'000'000);
    desk.keep_three();
    CHECK(desk.kept == 3);
}

TEST_CASE("a write that fails fails all of them, and the next ones are kept") {
    Desk desk;
    desk.disk.fail_after(1);
    desk.keep_three();
    CHECK(desk.failed == 3);

    desk.keep_three();
    CHECK(desk.kept == 3);
}
