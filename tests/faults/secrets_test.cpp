// Row 92: the key stays where it belongs, also when everything goes wrong.

#include "tests/faults/local.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <csignal>
#include <fstream>

using namespace nightshift::test;

namespace {

namespace fs = std::filesystem;

// The canary as it stands, as base64 at each offset would show it, and its head.
std::vector<std::string> shapes() {
    return {canary_key, "CANARY0123456789", "Q0FOQVJZMDEyMzQ1Njc4O", "NBTkFSWTAxMjM0NTY3OD",
            "DQU5BUlkwMTIzNDU2Nzg5"};
}

std::string files_with_key(const fs::path& folder) {
    std::string found;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        if (!entry.is_regular_file()) continue;
        const auto text = read_file(entry.path());
        for (const auto& shape : shapes()) {
            if (text.find(shape) != std::string::npos) found += entry.path().string() + "\n";
        }
    }
    return found;
}

// Every process that has `pid` for its parent.
std::string children_of(pid_t pid) {
    return read_file("/proc/" + std::to_string(pid) + "/task/" + std::to_string(pid) + "/children");
}

}  // namespace

TEST_CASE("fault row 92: a run in mid-air, killed, shows its key nowhere, and leaves no core") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(6));
    Gate gate;
    int given = 0;
    ReplayServer server([&](const Seen& request) {
        const auto key = request.headers.at("authorization");
        if (given++ == 3) gate.pass();
        if (given == 2) return error_reply(400, key, "invalid_request_error", "bad: " + key);
        return chat_reply("your header was " + key);
    });
    Program program(folder.path(), {"run", "m.jsonl", "-v", "-j", "1"},
                    pointing_at(server.base_url()), {"/usr/bin/prlimit", "--core=unlimited"});
    REQUIRE(gate.wait_for(1));
    const auto proc = "/proc/" + std::to_string(program.pid());
    CHECK(read_file(proc + "/cmdline").find("CANARY") == std::string::npos);
    CHECK(children_of(program.pid()).empty());  // nobody who could inherit its environment
    const auto hidden = folder.path() / "m.run/.nightshift";
    CHECK(fs::exists(hidden / "queue.db-wal"));  // everything is there: WAL, replies, log
    CHECK(fs::exists(hidden / "log"));
    CHECK(files_with_key(folder.path()) == "");
    program.signal(SIGSEGV);
    const auto ended = program.wait();
    gate.open();
    CHECK(ended.exit_code == 128 + SIGSEGV);
    CHECK_FALSE(ended.left_core);
    CHECK(files_with_key(folder.path()) == "");
    const auto resumed = run(folder.path(), {"run", "m.jsonl", "-v", "--retry-base", "0.01"},
                             pointing_at(server.base_url()));
    CHECK(resumed.exit_code == 1);
    CHECK(files_with_key(folder.path()) == "");
}

TEST_CASE("fault row 92: messages about a key do not repeat it") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(1));
    folder.file("two", "sk-CANARY0123456789 sk-CANARY0123456789\n");
    ReplayServer server(
        [](const Seen&) { return error_reply(401, "", "new_api_error", canary_key); });
    const auto url = server.base_url();
    for (const auto& environment : std::vector<std::map<std::string, std::string>>{
             {{"NIGHTSHIFT_API_KEY", canary_key}},
             {{"NIGHTSHIFT_API_KEY", canary_key}, {"NIGHTSHIFT_BASE_URL", "nonsense:/"}},
             {{"NIGHTSHIFT_API_KEY", canary_key + " x"}, {"NIGHTSHIFT_BASE_URL", url}},
             {{"NIGHTSHIFT_API_KEY", canary_key},
              {"NIGHTSHIFT_BASE_URL", "http://user:" + canary_key + "@127.0.0.1:1"}},
             pointing_at(url)}) {
        const auto ended = run(folder.path(), {"run", "m.jsonl", "-v"}, environment);
        CHECK(ended.exit_code != 0);
        CHECK(files_with_key(folder.path()) == (folder.path() / "two").string() + "\n");
    }
    const auto two =
        run(folder.path(), {"run", "m.jsonl", "--base-url", url, "--api-key-file", "two"});
    CHECK(two.exit_code == 2);
    CHECK(two.err.find("CANARY") == std::string::npos);
}
