// Row 80: nobody reads what a run says.

#include "tests/faults/local.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <pty.h>
#include <unistd.h>

using namespace nightshift::test;

namespace {

// The shell starts the binary with its streams bent as `how` says.
std::vector<std::string> bent(const std::string& how) {
    return {"/bin/sh", "-c", "exec \"$0\" \"$@\" " + how};
}

// Failures and notices, too: everything that is said on the way.
Canned half_bad(const Seen& request) {
    const bool bad = request.body.find("p1") != std::string::npos;
    return bad ? error_reply(400, "", "invalid_request_error") : chat_reply();
}

}  // namespace

TEST_CASE("fault row 80: closed or full streams change neither the run nor its exit code") {
    for (const std::string progress : {"plain", "json", "tty"}) {
        for (const std::string how :
             {">&- 2>&-", "<&- >&- 2>&-", ">/dev/full 2>/dev/full", "2>&1 | head -n 1"}) {
            CAPTURE(progress);
            CAPTURE(how);
            const ScratchFolder folder;
            folder.file("m.jsonl", chat_lines(30));
            ReplayServer server(half_bad);
            // Of a pipe the shell tells the exit code of its last command only.
            const bool piped = how.find('|') != std::string::npos;
            const auto wrapper =
                piped ? std::vector<std::string>{"/bin/sh", "-c",
                                                 "{ \"$0\" \"$@\"; echo $? >code; } " + how}
                      : bent(how);
            const auto ended =
                run(folder.path(), {"run", "m.jsonl", "--json", "--progress", progress},
                    pointing_at(server.base_url()), wrapper);
            if (piped) {
                CHECK(read_file(folder.path() / "code") == "1\n");
            } else {
                CHECK(ended.exit_code == 1);
            }
            CHECK(read_jsonl(folder.path() / "m.run/ledger.jsonl").size() == 30);
            CHECK(integrity_of(folder.path() / "m.run/.nightshift/queue.db") == "ok");
        }
    }
}

TEST_CASE("fault row 80: a terminal that hangs up does not end the run") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(6));
    Gate gate;
    ReplayServer server([&](const Seen&) {
        gate.pass();
        return chat_reply();
    });
    int master = -1, slave = -1;
    char name[128];
    REQUIRE(openpty(&master, &slave, name, nullptr, nullptr) == 0);
    // Its controlling terminal, so that the hang-up sends SIGHUP, too.
    Program program(folder.path(), {"run", "m.jsonl", "-j", "1", "--progress", "tty"},
                    pointing_at(server.base_url()),
                    {"/bin/sh", "-c",
                     "exec setsid --ctty --wait \"$0\" \"$@\" <" + std::string(name) + " >" + name +
                         " 2>" + name});
    REQUIRE(gate.wait_for(1));
    close(slave);
    close(master);
    gate.open();
    CHECK(program.wait().exit_code == 0);
    CHECK(read_jsonl(folder.path() / "m.run/ledger.jsonl").size() == 6);
}

TEST_CASE("fault row 80: data that did not arrive is told, a reader that had enough is not") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(3));
    ReplayServer server([](const Seen&) { return chat_reply(); });
    REQUIRE(run(folder.path(), {"run", "m.jsonl"}, pointing_at(server.base_url())).exit_code == 0);
    const auto full = run(folder.path(), {"status", "m.run", "--json"}, {}, bent(">/dev/full"));
    CHECK(full.exit_code == 7);
    CHECK(full.err.find("stdout cannot be written") != std::string::npos);
    const auto gone = run(folder.path(), {"status", "m.run", "--json"}, {},
                          {"/bin/sh", "-c", "{ \"$0\" \"$@\"; echo $? >code; } | true"});
    CHECK(gone.err.empty());
    CHECK(read_file(folder.path() / "code") == "0\n");
}
