// The key appears nowhere: not in a file, not in a message, not in an argument list.

#include "tests/e2e/gateway.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <semaphore>

using namespace nightshift::test;

namespace {

// Every file below `folder` that holds the key, or its first eight characters after the prefix.
std::string files_with_key(const std::filesystem::path& folder) {
    const auto head = canary_key.substr(0, 8 + std::string("sk-sandbox-").size());
    std::string found;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
        if (!entry.is_regular_file()) continue;
        if (read_file(entry.path()).find(head) != std::string::npos) {
            found += entry.path().string() + "\n";
        }
    }
    return found;
}

}  // namespace

TEST_CASE("fault row 92: a run leaves no trace of its key, also when the gateway echoes it") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(4));
    std::binary_semaphore asked{0}, answer{0};
    int given = 0;
    ReplayServer server([&](const Seen&) {
        const int n = given++;
        if (n == 0) {
            asked.release();
            answer.acquire();
        }
        if (n == 1) {
            return error_reply(400, "", "invalid_request_error", "bad key " + canary_key + " here");
        }
        return chat_reply("your key is " + canary_key);
    });
    Program program(folder.path(), {"run", "m.jsonl", "-v", "-j", "1"},
                    pointing_at(server.base_url()));
    asked.acquire();
    const auto arguments = read_file("/proc/" + std::to_string(program.pid()) + "/cmdline");
    CHECK(arguments.find("CANARY") == std::string::npos);
    answer.release();
    const auto ended = program.wait();
    CHECK(ended.exit_code == 1);
    CHECK(files_with_key(folder.path()) == "");
    const auto ledger = read_file(folder.path() / "m.run/ledger.jsonl");
    CHECK(ledger.find("your key is [key]") != std::string::npos);
    CHECK(run(folder.path(), {"show", "m.run", "t1"}).out.find("CANARY") == std::string::npos);
}

TEST_CASE("fault row 92: no flag takes a key's value") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(1));
    CHECK(run(folder.path(), {"run", "m.jsonl", "--api-key", "sk-x"}).exit_code == 2);
}

TEST_CASE("a key file works, and an empty one says so") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(1));
    folder.file("key", canary_key + "\n");
    folder.file("empty", "\n");
    ReplayServer server([](const Seen&) { return chat_reply(); });
    CHECK(run(folder.path(),
              {"run", "m.jsonl", "--base-url", server.base_url(), "--api-key-file", "empty"})
              .exit_code == 2);
    CHECK(run(folder.path(),
              {"run", "m.jsonl", "--base-url", server.base_url(), "--api-key-file", "key"})
              .exit_code == 0);
    CHECK(server.seen().front().headers.at("authorization") == "Bearer " + canary_key);
}

TEST_CASE("fault row 92: the hidden folder is for its owner only") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(1));
    REQUIRE(run(folder.path(), {"run", "m.jsonl", "--sandbox"}).exit_code == 0);
    namespace fs = std::filesystem;
    const auto hidden = folder.path() / "m.sandbox.run/.nightshift";
    CHECK(fs::status(hidden).permissions() == fs::perms::owner_all);
    for (const auto& entry : fs::recursive_directory_iterator(hidden)) {
        if (entry.is_socket()) continue;
        const auto others =
            entry.status().permissions() & (fs::perms::group_all | fs::perms::others_all);
        CHECK_MESSAGE(others == fs::perms::none, entry.path().string());
    }
}

TEST_CASE("a gateway that repeats the key to a GET does not bring it onto the screen") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(1));
    const std::string key = "CANARY-of-no-known-form-0123456789";
    ReplayServer server([](const Seen& request) {
        return error_reply(401, "", "new_api_error", "got " + request.headers.at("authorization"));
    });
    for (const auto& words : std::vector<std::vector<std::string>>{
             {"models"}, {"check", "m.jsonl", "--online"}, {"doctor", "m.jsonl"}}) {
        const auto ended =
            run(folder.path(), words,
                {{"NIGHTSHIFT_BASE_URL", server.base_url()}, {"NIGHTSHIFT_API_KEY", key}});
        CAPTURE(words.front());
        CHECK(ended.exit_code != 0);
        CHECK((ended.out + ended.err).find("Bearer") != std::string::npos);
        CHECK((ended.out + ended.err).find("CANARY") == std::string::npos);
    }
}
