#include "replies/reply_log.hpp"

#include "base/bounds.hpp"
#include "tests/simulation/sim_disk.hpp"

#include <doctest/doctest.h>

using namespace nightshift;
using nightshift::test::SimDisk;

namespace {

http::Reply reply_of(std::string body) {
    http::Reply reply;
    reply.status = 200;
    reply.headers = {{"content-type", "application/json"}};
    reply.body = std::move(body);
    return reply;
}

bool keep(ReplyLog& log, std::int64_t row, std::int64_t number, const http::Reply& reply) {
    return log.keep({{row, number, &reply}});
}

void lift(ReplyLog& log, std::int64_t row, std::int64_t number, int index) {
    const auto file = log.lift(row, number, index);
    file->add("image", 5);
    file->finish();
}

struct Place {
    Place() {
        folders.root = "/x.run";
        folders.disk = &disk;
    }
    SimDisk disk{1};
    RunFolders folders;
};

}  // namespace

TEST_CASE("replies outlive the process, and are gone once they are dropped") {
    Place place;
    {
        ReplyLog log(place.folders);
        REQUIRE(keep(log, 1, 1, reply_of("one")));
        REQUIRE(keep(log, 2, 1, reply_of("two")));
        log.drop(1, 1);
        place.disk.stop();
    }
    place.disk.crash(SimDisk::Crash::killed);

    ReplyLog log(place.folders);

    CHECK(log.recover(2, 1).value().body == "two");
    CHECK(log.recover(2, 1).value().header("content-type") == "application/json");
    CHECK_FALSE(log.recover(2, 2).has_value());
}

TEST_CASE("what a crash tore is not a reply, what stands before it is") {
    Place place;
    {
        ReplyLog log(place.folders);
        REQUIRE(keep(log, 1, 1, reply_of("whole")));
        place.disk.stop_after(1);
        CHECK_THROWS_AS(keep(log, 2, 1, reply_of(std::string(1000, 'x'))), StorageError);
    }
    place.disk.crash(SimDisk::Crash::killed);

    ReplyLog log(place.folders);

    CHECK(log.recover(1, 1).value().body == "whole");
    CHECK_FALSE(log.recover(2, 1).has_value());
}

TEST_CASE("a reply with a hole in it is not a reply") {
    Place place;
    {
        ReplyLog log(place.folders);
        REQUIRE(keep(log, 1, 1, reply_of("whole")));
        REQUIRE(keep(log, 2, 1, reply_of(std::string(1000, 'x'))));
        const auto file = log.current();
        file->write(file->size() - 500, std::string(100, '\0'));
        place.disk.stop();
    }
    place.disk.crash(SimDisk::Crash::killed);

    ReplyLog log(place.folders);

    CHECK(log.recover(1, 1).value().body == "whole");
    CHECK_FALSE(log.recover(2, 1).has_value());
}

TEST_CASE("on a full disk replies go where room was set aside, and wait when that is gone") {
    Place place;
    place.disk.set_capacity(160'000);  // a sixteenth of it is set aside
    ReplyLog log(place.folders);
    place.disk.set_capacity(place.disk.used());  // and something else takes the rest

    CHECK(keep(log, 1, 1, reply_of(std::string(4000, 'a'))));
    CHECK_FALSE(keep(log, 2, 1, reply_of(std::string(20'000, 'b'))));
    place.disk.set_capacity(1'000'000);
    CHECK(keep(log, 2, 1, reply_of(std::string(20'000, 'b'))));

    CHECK(log.recover(1, 1).value().body == std::string(4000, 'a'));
    CHECK(log.recover(2, 1).value().body == std::string(20'000, 'b'));
}

TEST_CASE("replies that came together are kept with one write, large bodies by their own") {
    Place place;
    const auto small = reply_of("small"), large = reply_of(std::string(200'000, 'l'));
    {
        ReplyLog log(place.folders);
        const auto before = place.disk.changes();
        REQUIRE(log.keep({{1, 1, &small}, {2, 1, &small}, {3, 2, &small}}));
        CHECK(place.disk.changes() == before + 1);
        REQUIRE(log.keep({{4, 1, &small}, {5, 1, &large}, {6, 1, &small}}));
        CHECK(place.disk.changes() == before + 4);
        log.drop(2, 1);
        place.disk.stop();
    }
    place.disk.crash(SimDisk::Crash::killed);

    ReplyLog log(place.folders);

    for (const int row : {1, 4, 6}) CHECK(log.recover(row, 1).value().body == small.body);
    CHECK(log.recover(3, 2).value().body == small.body);
    CHECK(log.recover(5, 1).value().body == large.body);
}

TEST_CASE("of replies that came together either all find room or none") {
    Place place;
    place.disk.set_capacity(160'000);
    const auto small = reply_of("small"), large = reply_of(std::string(100'000, 'l'));
    {
        ReplyLog log(place.folders);
        place.disk.set_capacity(place.disk.used() + 1000);
        CHECK_FALSE(log.keep({{1, 1, &small}, {2, 1, &large}}));
        CHECK_FALSE(log.recover(1, 1).has_value());
        CHECK(keep(log, 3, 1, small));
        place.disk.stop();
    }
    place.disk.crash(SimDisk::Crash::killed);

    ReplyLog log(place.folders);

    CHECK_FALSE(log.recover(1, 1).has_value());
    CHECK(log.recover(3, 1).value().body == small.body);
}

TEST_CASE("an image's reply outlives a power cut once it is synced") {
    Place place;
    {
        ReplyLog log(place.folders);
        REQUIRE(keep(log, 1, 1, reply_of("paid")));
        log.current()->sync();
        place.disk.stop();
    }
    place.disk.crash(SimDisk::Crash::power_cut);

    ReplyLog log(place.folders);

    CHECK(log.recover(1, 1).value().body == "paid");
}

TEST_CASE("what a start has read of a killed process is not lost with the power") {
    Place place;
    {
        ReplyLog log(place.folders);
        REQUIRE(keep(log, 1, 1, reply_of("one")));
        place.disk.stop();
    }
    place.disk.crash(SimDisk::Crash::killed);
    {
        ReplyLog log(place.folders);
        REQUIRE(log.recover(1, 1).has_value());
        place.disk.stop();
    }
    place.disk.crash(SimDisk::Crash::power_cut);

    ReplyLog log(place.folders);

    CHECK(log.recover(1, 1).has_value());
}

TEST_CASE("lifted images outlive the process with their reply, and are gone once it is dropped") {
    Place place;
    {
        ReplyLog log(place.folders);
        for (const std::int64_t row : {1, 2}) {
            for (const int index : {1, 2}) {
                lift(log, row, 3, index);
            }
        }
        REQUIRE(keep(log, 1, 3, reply_of("with marks")));  // of row 2 nothing was kept
        place.disk.stop();
    }
    place.disk.crash(SimDisk::Crash::killed);

    ReplyLog log(place.folders);

    CHECK(log.recover(1, 3).has_value());
    CHECK(place.disk.exists(log.lifted_path(1, 3, 1)));
    CHECK(place.disk.exists(log.lifted_path(1, 3, 2)));
    CHECK_FALSE(place.disk.exists(log.lifted_path(2, 3, 1)));
    CHECK_FALSE(place.disk.exists(log.lifted_path(2, 3, 2)));
    log.drop(1, 3);
    CHECK_FALSE(place.disk.exists(log.lifted_path(1, 3, 1)));
    CHECK_FALSE(place.disk.exists(log.lifted_path(1, 3, 2)));
}

TEST_CASE("a lifted image is removed when its reply is not kept after all") {
    Place place;
    ReplyLog log(place.folders);
    lift(log, 1, 1, 1);
    log.remove_lifted(1, 1);
    CHECK_FALSE(place.disk.exists(log.lifted_path(1, 1, 1)));
    lift(log, 1, 1, 1);
    CHECK(place.disk.exists(log.lifted_path(1, 1, 1)));
}

TEST_CASE("replies that nobody asks for any more go, and their files with them") {
    Place place;
    {
        ReplyLog log(place.folders);
        for (const std::int64_t row : {1, 2, 3}) REQUIRE(keep(log, row, 1, reply_of("x")));
        lift(log, 2, 1, 1);
        place.disk.stop();
    }
    place.disk.crash(SimDisk::Crash::killed);
    ReplyLog log(place.folders);

    log.drop_all_but({{1, 1}, {2, 2}});
    CHECK(log.recover(1, 1).has_value());
    CHECK_FALSE(log.recover(2, 1).has_value());
    CHECK_FALSE(log.recover(3, 1).has_value());
    CHECK_FALSE(place.disk.exists(log.lifted_path(2, 1, 1)));

    log.drop_all_but({});
    CHECK(place.disk.list(place.folders.replies()).size() == 1);  // the one that is written to
}

TEST_CASE("lifted images without a reply go when the log is closed") {
    Place place;
    {
        ReplyLog log(place.folders);
        lift(log, 1, 1, 1);
        lift(log, 2, 1, 1);
        REQUIRE(keep(log, 2, 1, reply_of("x")));
    }
    CHECK_FALSE(place.disk.exists("/x.run/.nightshift/replies/lifted-1-1-1"));
    CHECK(place.disk.exists("/x.run/.nightshift/replies/lifted-2-1-1"));
}
