#include "output/reply_log.hpp"

#include "core/limits.hpp"
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
        REQUIRE(log.keep(1, 1, reply_of("one")));
        REQUIRE(log.keep(2, 1, reply_of("two")));
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
        REQUIRE(log.keep(1, 1, reply_of("whole")));
        place.disk.stop_after(1);
        CHECK_THROWS_AS(log.keep(2, 1, reply_of(std::string(1000, 'x'))), StorageError);
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
        REQUIRE(log.keep(1, 1, reply_of("whole")));
        REQUIRE(log.keep(2, 1, reply_of(std::string(1000, 'x'))));
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

    CHECK(log.keep(1, 1, reply_of(std::string(4000, 'a'))));
    CHECK_FALSE(log.keep(2, 1, reply_of(std::string(20'000, 'b'))));
    place.disk.set_capacity(1'000'000);
    CHECK(log.keep(2, 1, reply_of(std::string(20'000, 'b'))));

    CHECK(log.recover(1, 1).value().body == std::string(4000, 'a'));
    CHECK(log.recover(2, 1).value().body == std::string(20'000, 'b'));
}

TEST_CASE("an image's reply outlives a power cut once it is synced") {
    Place place;
    {
        ReplyLog log(place.folders);
        REQUIRE(log.keep(1, 1, reply_of("paid")));
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
        REQUIRE(log.keep(1, 1, reply_of("one")));
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
