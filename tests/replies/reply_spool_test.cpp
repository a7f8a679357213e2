#include "replies/reply_spool.hpp"

#include "replies/reply_log.hpp"
#include "tests/simulation/sim_disk.hpp"

#include <doctest/doctest.h>

using namespace nightshift;
using nightshift::test::SimDisk;

namespace {

const http::Headers headers = {{"content-type", "application/json"}};

struct Place {
    Place() {
        folders.root = "/x.run";
        folders.disk = &disk;
    }
    // What the next process finds.
    void crash(SimDisk::Crash how = SimDisk::Crash::killed) {
        disk.stop();
        log.reset();
        disk.crash(how);
        log.emplace(folders);
    }
    std::unique_ptr<ReplySpool> arrive(std::int64_t row, const std::string& body) {
        auto spool = log->begin(row, 1, 200, headers);
        for (std::size_t at = 0; at < body.size(); at += 1000) {
            spool->append(std::string_view(body).substr(at, 1000));
        }
        return spool;
    }
    std::size_t files() { return disk.list(folders.replies()).size(); }

    SimDisk disk{1};
    RunFolders folders;
    std::optional<ReplyLog> log;
};

}  // namespace

TEST_CASE("a large reply is kept piece by piece, read from its file, and outlives the process") {
    Place place;
    place.log.emplace(place.folders);
    const auto body = std::string(100'000, 'x') + "end";
    const auto spool = place.arrive(1, body);
    place.log->keep(*spool);
    CHECK(spool->body().read() == body);
    place.crash();

    const auto reply = place.log->recover(1, 1);

    REQUIRE(reply.has_value());
    CHECK(reply->body == body);
    CHECK(reply->status == 200);
    CHECK(reply->header("content-type") == "application/json");
}

TEST_CASE("a large reply that was not whole is no reply") {
    Place place;
    place.log.emplace(place.folders);
    const auto spool = place.arrive(1, std::string(100'000, 'x'));
    place.crash();
    CHECK_FALSE(place.log->recover(1, 1).has_value());
}

TEST_CASE("after a power cut a large reply is there as it was, or not at all") {
    const auto body = std::string(20'000, 'x') + "end";
    int whole = 0, gone = 0;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        Place place;
        place.log.emplace(place.folders);
        const auto spool = place.arrive(1, body);
        place.log->keep(*spool);
        if (seed % 2 == 0) spool->body().file->sync();
        place.crash(SimDisk::Crash::power_cut);
        const auto reply = place.log->recover(1, 1);
        if (reply) CHECK(reply->body == body);
        if (seed % 2 == 0) CHECK(reply.has_value());
        ++(reply ? whole : gone);
    }
    CHECK(whole >= 10);
    CHECK(gone > 0);
}

TEST_CASE("a file is used for one large reply after the other, and holds the last one only") {
    Place place;
    place.log.emplace(place.folders);
    const auto before = place.files();
    const auto first = place.arrive(1, std::string(5'000, 'x'));
    place.log->keep(*first);
    place.log->drop(1, 1);
    const auto second = place.arrive(2, "a shorter one");
    CHECK(place.files() == before + 1);
    place.log->keep(*second);
    place.crash();

    CHECK_FALSE(place.log->recover(1, 1).has_value());
    CHECK(place.log->recover(2, 1).value().body == "a shorter one");
}

TEST_CASE("what was dropped does not come back, nor does its file stay for ever") {
    for (const bool next_arrives : {false, true}) {
        Place place;
        place.log.emplace(place.folders);
        const auto first = place.arrive(1, std::string(5'000, 'x'));
        place.log->keep(*first);
        place.log->drop(1, 1);
        if (next_arrives) place.arrive(2, std::string(2'000, 'y'));
        place.crash();

        CHECK_FALSE(place.log->recover(1, 1).has_value());
        CHECK_FALSE(place.log->recover(2, 1).has_value());
        place.log.reset();
        CHECK(place.files() == 0);
    }
}

TEST_CASE("the file of a reply that is given up is free for the next") {
    Place place;
    place.log.emplace(place.folders);
    const auto first = place.arrive(1, std::string(5'000, 'x'));
    const auto files = place.files();
    place.log->discard(*first);
    const auto second = place.arrive(2, "whole");
    place.log->keep(*second);
    CHECK(place.files() == files);
    CHECK(place.log->recover(2, 1).value().body == "whole");
}

TEST_CASE("files of many or huge replies are removed, not hoarded") {
    Place place;
    place.log.emplace(place.folders);
    const auto before = place.files();
    for (int row = 1; row <= 50; ++row) place.log->keep(*place.arrive(row, "whole"));
    for (int row = 1; row <= 50; ++row) place.log->drop(row, 1);
    CHECK(place.files() == before + 32);

    Place other;
    other.log.emplace(other.folders);
    const auto huge = other.log->begin(1, 1, 200, headers);
    for (int i = 0; i < 9; ++i) huge->append(std::string(1u << 20, 'x'));
    other.log->keep(*huge);
    other.log->drop(1, 1);
    CHECK(other.files() == before);
}
