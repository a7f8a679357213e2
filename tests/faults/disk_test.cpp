// Rows 72 to 75: disks that are full, fail, or cannot be written.

#include "base/disk.hpp"
#include "replies/disk_reserve.hpp"
#include "tests/faults/local.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <csignal>
#include <fstream>
#include <sys/mount.h>
#include <unistd.h>

using namespace nightshift;
using namespace nightshift::test;

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t mebibyte = 1 << 20;

// strace makes the n-th of these calls on the file fail with the error.
std::vector<std::string> failing(const std::string& call, const std::string& error, int n,
                                 const fs::path& file) {
    return {"/usr/bin/strace",
            "-f",
            "-qq",
            "-o",
            "/dev/null",
            "-e",
            "trace=" + call,
            "-e",
            "inject=" + call + ":error=" + error + ":when=" + std::to_string(n),
            "-P",
            file.string()};
}

// Whether this machine lets us do so.
bool may_mount(const SmallDisk& disk) {
    if (!disk.mounted()) MESSAGE("not proved here: mounting a small disk was refused");
    return disk.mounted();
}

bool may_trace() {
    if (fs::exists("/usr/bin/strace")) return true;
    MESSAGE("not proved here: there is no strace");
    return false;
}

// Names of finished outputs that are shorter than they should be.
std::string short_outputs(const fs::path& dir, std::size_t bytes) {
    std::string wrong;
    for (const auto& entry : fs::directory_iterator(dir / "outputs")) {
        if (entry.file_size() != bytes) wrong += entry.path().filename().string() + "\n";
    }
    return wrong;
}

}  // namespace

TEST_CASE("fault row 72: a disk that fills up stops the run; with room it goes on") {
    const ScratchFolder folder;
    const SmallDisk disk(folder, "size=48m");
    if (!may_mount(disk)) return;
    folder.file("m.jsonl", speech_lines(12));
    constexpr std::size_t sound_bytes = 2 * mebibyte;
    Gate gate;
    int given = 0;
    ReplayServer server([&](const Seen&) {
        if (given++ > 0) gate.pass();  // a lane's first request goes alone
        return speech_reply(sound_bytes);
    });
    const auto dir = disk.path() / "m.run";
    Program program(folder.path(), {"run", "m.jsonl", "-o", dir.string(), "-j", "4"},
                    pointing_at(server.base_url()));
    REQUIRE(gate.wait_for(1));
    disk.leave_free(5 * mebibyte);  // four replies will not fit
    gate.open();
    const auto ended = program.wait();
    CAPTURE(ended.err);
    CHECK(ended.exit_code == 7);
    // The output, the queue or the log of replies may be the first that finds no room.
    const bool told = ended.err.find("No space left on device") != std::string::npos ||
                      ended.err.find("no room left") != std::string::npos ||
                      ended.err.find("the disk is full; make room") != std::string::npos;
    CHECK(told);
    CHECK(short_outputs(dir, sound_bytes + 44) == "");
    CHECK(server.seen().size() <= 9);  // nothing is sent once it is known
    disk.make_room();
    const auto resumed =
        run(folder.path(), {"run", "-o", dir.string(), "-j", "4", "--retry-base", "0.01"},
            pointing_at(server.base_url()));
    CAPTURE(resumed.err);
    CHECK(resumed.exit_code == 0);
    CHECK(unpaid_or_twice(server, dir, 12) == "");
    CHECK(short_outputs(dir, sound_bytes + 44) == "");
    CHECK(integrity_of(dir / ".nightshift/queue.db") == "ok");
}

TEST_CASE("fault row 72: nothing more is paid for when the disk is nearly full") {
    const ScratchFolder folder;
    const SmallDisk disk(folder, "size=100m");
    if (!may_mount(disk)) return;
    folder.file("m.jsonl", speech_lines(6));
    Gate gate;
    int given = 0;
    ReplayServer server([&](const Seen&) {
        if (given++ > 0) gate.pass();  // a lane's first request goes alone
        return speech_reply(100'000);
    });
    const auto dir = disk.path() / "m.run";
    const std::vector<std::string> resume = {"run", "-o", dir.string()};
    Program program(folder.path(), {"run", "m.jsonl", "-o", dir.string(), "-j", "1"},
                    pointing_at(server.base_url()));
    REQUIRE(gate.wait_for(1));
    disk.leave_free(mebibyte);  // of the two that a hundred must have left
    const std::string words = "is nearly full: ";
    REQUIRE(
        soon([&] { return read_file(dir / ".nightshift/log").find(words) != std::string::npos; }));
    gate.open();
    const auto ended = program.wait();
    CAPTURE(ended.err);
    CHECK(ended.exit_code == 7);
    CHECK(ended.err.find("the disk of " + dir.string() + " is nearly full: ") != std::string::npos);
    CHECK(ended.err.find("MiB left; make room and run the same command") != std::string::npos);
    CHECK(server.seen().size() == 2);  // and the one under way found room
    disk.leave_free(mebibyte);         // what was set aside for it is free again
    CHECK(run(folder.path(), resume, pointing_at(server.base_url())).exit_code == 7);
    CHECK(server.seen().size() == 2);  // also at the start, before any POST
    disk.make_room();
    CHECK(run(folder.path(), resume, pointing_at(server.base_url())).exit_code == 0);
    CHECK(server.seen().size() == 6);
    CHECK(unpaid_or_twice(server, dir, 6) == "");
}

TEST_CASE("fault row 72: nearly full is the smaller of a gibibyte and a fiftieth") {
    constexpr std::uint64_t gibibyte = 1024 * mebibyte;
    CHECK(is_nearly_full({.free_bytes = gibibyte - 1, .total_bytes = 1000 * gibibyte}));
    CHECK_FALSE(is_nearly_full({.free_bytes = gibibyte, .total_bytes = 1000 * gibibyte}));
    CHECK(is_nearly_full({.free_bytes = 199 * mebibyte, .total_bytes = 10'000 * mebibyte}));
    CHECK_FALSE(is_nearly_full({.free_bytes = 200 * mebibyte, .total_bytes = 10'000 * mebibyte}));
    CHECK(posix_disk().space("/").value().total_bytes > 0);
    CHECK_FALSE(posix_disk().space("/nowhere").has_value());
}

TEST_CASE("fault row 72: of a small disk a sixteenth is set aside, and given back") {
    for (const char* size : {"size=8m", "size=16m", "size=64m"}) {
        CAPTURE(size);
        const ScratchFolder folder;
        const SmallDisk disk(folder, size);
        if (!may_mount(disk)) return;
        const RunFolders folders{disk.path() / "m.run"};
        fs::create_directories(folders.hidden());
        const auto left = [&] { return posix_disk().space(disk.path()).value().free_bytes; };
        const auto before = left();
        {
            const Reserve reserve(folders);
            CHECK(before - left() >= before / 16);
            CHECK(before - left() <= before / 16 + mebibyte / 16);
        }
        CHECK(left() == before);
    }
}

TEST_CASE("fault row 73: no room for the queue's own write stops the run, and it resumes") {
    if (!may_trace()) return;
    for (const int n : {1, 2, 3, 5}) {
        CAPTURE(n);
        const ScratchFolder folder;
        folder.file("m.jsonl", speech_lines(6));
        ReplayServer server([](const Seen&) { return speech_reply(2000); });
        const auto dir = folder.path() / "m.run";
        const auto environment = pointing_at(server.base_url());
        REQUIRE(run(folder.path(), {"run", "m.jsonl", "--limit", "0"}).exit_code == 0);
        const auto ended = run(folder.path(), {"run", "m.jsonl", "-j", "2"}, environment,
                               failing("pwrite64", "ENOSPC", n, dir / ".nightshift/queue.db-wal"));
        CAPTURE(ended.err);
        CHECK(ended.exit_code == 7);
        CHECK(ended.err.find("no room left (SQLite 13); make room") != std::string::npos);
        CHECK(integrity_of(dir / ".nightshift/queue.db") == "ok");
        const auto resumed =
            run(folder.path(), {"run", "m.jsonl", "--retry-base", "0.01"}, environment);
        CAPTURE(resumed.err);
        CHECK(resumed.exit_code == 0);
        CHECK(unpaid_or_twice(server, dir, 6) == "");
    }
}

TEST_CASE("fault row 74: a disk that answers with errors stops the run, and it resumes") {
    if (!may_trace()) return;
    struct Fault {
        std::string call, file;
        int n;
    };
    const Fault faults[] = {{"pwrite64", "queue.db-wal", 4},    {"fdatasync", "queue.db-wal", 3},
                            {"fdatasync", "queue.db-wal", 6},   {"pwrite64", "replies/1", 2},
                            {"pwrite64", "../ledger.jsonl", 2}, {"fsync", "../ledger.jsonl", 1},
                            {"fsync", "../outputs", 2},         {"renameat2", "../outputs", 1}};
    for (const auto& fault : faults) {
        CAPTURE(fault.call);
        CAPTURE(fault.file);
        const ScratchFolder folder;
        folder.file("m.jsonl", speech_lines(6));
        ReplayServer server([](const Seen&) { return speech_reply(2000); });
        const auto dir = folder.path() / "m.run";
        const auto environment = pointing_at(server.base_url());
        const auto path = (dir / ".nightshift" / fault.file).lexically_normal();
        REQUIRE(run(folder.path(), {"run", "m.jsonl", "--limit", "0"}).exit_code == 0);
        const auto ended = run(folder.path(), {"run", "m.jsonl", "-j", "2"}, environment,
                               failing(fault.call, "EIO", fault.n, path));
        CAPTURE(ended.err);
        CHECK(ended.exit_code == 7);
        CHECK(short_outputs(dir, 2044) == "");
        CHECK(integrity_of(dir / ".nightshift/queue.db") == "ok");
        const auto resumed =
            run(folder.path(), {"run", "m.jsonl", "--retry-base", "0.01"}, environment);
        CAPTURE(resumed.err);
        CHECK(resumed.exit_code == 0);
        CHECK(unpaid_or_twice(server, dir, 6) == "");
    }
}

TEST_CASE("fault row 75: a folder that cannot be used is refused in one line before any POST") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(2));
    folder.file("file", "x");
    folder.file("taken/outputs", "x");
    fs::create_directories(folder.path() / "taken");
    folder.file("taken/outputs", "x");
    ReplayServer server([](const Seen&) { return chat_reply(); });
    const auto environment = pointing_at(server.base_url());
    auto refused = [&](const std::string& dir, const std::vector<std::string>& wrapper,
                       int code = 7) {
        const auto ended =
            run(folder.path(), {"run", "m.jsonl", "-o", dir, "-q"}, environment, wrapper);
        CAPTURE(dir);
        CAPTURE(ended.err);
        CHECK(ended.exit_code == code);
        CHECK(std::count(ended.err.begin(), ended.err.end(), '\n') == 1);
        CHECK(ended.err.find(dir) != std::string::npos);
        return ended.err;
    };
    CHECK(refused("file", {}, 2).find("is a file") != std::string::npos);
    refused("taken", {});
    if (geteuid() == 0) {
        fs::create_directories(folder.path() / "owned");
        fs::permissions(folder.path(),
                        fs::perms::owner_all | fs::perms::others_exec | fs::perms::others_read);
        const std::vector<std::string> nobody = {"/usr/bin/setpriv", "--reuid=65534",
                                                 "--clear-groups"};
        refused("owned", nobody);
        fs::create_directories(folder.path() / "ours/.nightshift");
        fs::permissions(folder.path() / "ours/.nightshift", fs::perms::owner_all);
        const auto read = run(folder.path(), {"status", "ours"}, environment, nobody);
        CHECK(read.exit_code == 7);
        CHECK(read.err.find("ours/.nightshift/queue.db: Permission denied") != std::string::npos);
    }
    const SmallDisk disk(folder, "size=4m");
    if (may_mount(disk)) {
        REQUIRE(mount(nullptr, disk.path().c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) == 0);
        refused("disk/m.run", {});
    }
    CHECK(server.seen().empty());
}

TEST_CASE("fault row 75: a folder that vanishes under the run ends it in order") {
    const ScratchFolder folder;
    folder.file("m.jsonl", speech_lines(6));
    Gate gate;
    ReplayServer server([&](const Seen&) {
        gate.pass();
        return speech_reply(2000);
    });
    Program program(folder.path(), {"run", "m.jsonl", "-j", "1"}, pointing_at(server.base_url()));
    REQUIRE(gate.wait_for(1));
    fs::rename(folder.path() / "m.run", folder.path() / "away");
    gate.open();
    const auto ended = program.wait();
    CAPTURE(ended.err);
    CHECK(ended.exit_code == 7);
    CHECK(server.seen().size() <= 2);
    fs::rename(folder.path() / "away", folder.path() / "m.run");
    CHECK(run(folder.path(), {"run", "m.jsonl", "--retry-base", "0.01"},
              pointing_at(server.base_url()))
              .exit_code == 0);
    CHECK(unpaid_or_twice(server, folder.path() / "m.run", 6) == "");
}
