#include "replies/write_behind.hpp"

#include "tests/fakes/scratch.hpp"
#include "tests/simulation/sim_disk.hpp"

#include <doctest/doctest.h>

#include <thread>
#include <vector>

using namespace nightshift;
using namespace nightshift::test;

namespace {

constexpr std::size_t piece_bytes = 30'000;

std::string numbered_piece(int number) {
    return std::string(piece_bytes, static_cast<char>('a' + number % 26));
}

struct Desk {
    // Adds pieces until `follow` is asked for, or `most` of them.
    bool add(int most) {
        for (int i = 0; i < most; ++i) {
            auto piece = numbered_piece(static_cast<int>(added.size() / piece_bytes));
            const auto is_due = file.add(piece + "not of it", piece.size());
            added += piece;
            if (is_due) return true;
        }
        return false;
    }
    std::string given() {
        std::string all;
        file.give([&all](std::string_view piece) { all += piece; });
        return all;
    }
    std::string on_disk() { return disk.files_below("/d")["x"]; }

    SimDisk disk{1};
    std::shared_ptr<WriteRoom> room = std::make_shared<WriteRoom>();
    WriteBehind file{disk, "/d/x", room};
    std::string added;
};

}  // namespace

TEST_CASE("a file gets all that was added, and its hash is that of it") {
    Desk desk;
    REQUIRE(desk.add(100));
    CHECK(desk.on_disk().empty());
    desk.file.follow();
    CHECK(desk.on_disk() == desk.added);
    desk.add(1);
    CHECK(desk.given() == desk.added);

    const auto hash = desk.file.finish();

    CHECK(desk.on_disk() == desk.added);
    CHECK(hash == sha256_hex(desk.added));
    desk.disk.crash(SimDisk::Crash::power_cut);
    CHECK(desk.on_disk() == desk.added);
}

TEST_CASE("it is to be followed once, and again when that was done") {
    Desk desk;
    REQUIRE(desk.add(100));
    CHECK_FALSE(desk.add(10));
    desk.file.follow();
    CHECK(desk.add(100));
}

TEST_CASE("what the disk refuses waits in memory, and is told to who adds more") {
    Desk desk;
    REQUIRE(desk.add(100));
    desk.disk.set_capacity(desk.disk.used() + piece_bytes + 1);
    desk.file.follow();
    CHECK_THROWS_AS(desk.add(1), DiskFull);
    CHECK(desk.given() == desk.added);
    CHECK_THROWS_AS(desk.file.finish(), DiskFull);
    CHECK(desk.given() == desk.added);

    desk.disk.set_capacity(1u << 30);
    desk.add(1);
    const auto used = desk.disk.used();
    desk.add(1);
    CHECK(desk.disk.used() == used);  // that waits for a worker again
    CHECK(desk.file.finish() == sha256_hex(desk.added));
    CHECK(desk.on_disk() == desk.added);
}

TEST_CASE("where too much waits of all files together, who adds writes") {
    Desk desk;
    WriteBehind other(desk.disk, "/d/y", desk.room);
    std::string much(1u << 20, 'y');
    std::size_t added = 0;
    while (desk.disk.used() == 0 && added < (64u << 20)) {
        other.add(much, much.size());
        added += much.size();
    }
    CHECK(added > (2u << 20));
    CHECK(added <= (8u << 20));
    CHECK(desk.disk.used() == added);
    other.add(much, much.size());
    CHECK(desk.disk.used() == added);  // there is room again
}

TEST_CASE("what was abandoned is not written, and takes no room") {
    Desk desk;
    REQUIRE(desk.add(100));
    desk.file.abandon();
    desk.file.follow();
    CHECK(desk.disk.used() == 0);
    CHECK(desk.file.spare().size() >= piece_bytes);
}

TEST_CASE("files are written by several threads while more is added") {
    ScratchFolder folder;
    const auto room = std::make_shared<WriteRoom>();
    WriteBehind file(posix_disk(), folder.path() / "x", room);
    std::string added;
    std::vector<std::thread> followers;
    for (int i = 0; i < 300; ++i) {
        const auto piece = numbered_piece(i);
        auto memory = file.spare();
        memory.assign(piece).append("not of it");
        if (file.add(std::move(memory), piece.size())) {
            followers.emplace_back([&file] { file.follow(); });
        }
        added += piece;
    }
    const auto hash = file.finish();
    for (auto& each : followers) each.join();
    CHECK(hash == sha256_hex(added));
    std::string given;
    file.give([&given](std::string_view piece) { given += piece; });
    CHECK(given == added);
}
