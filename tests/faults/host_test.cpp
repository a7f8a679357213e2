// Hosts that are not what they look like, as base URL, link, redirect, proxy and in a stranger's
// queue. Whoever gets to hear of the key is the gateway or nobody.

#include "tests/e2e/gateway.hpp"
#include "tests/faults/video_night.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>
#include <sqlite3.h>

#include <chrono>

using namespace nightshift;
using namespace nightshift::test;

namespace {

const std::string whole = clip();

// The path of every body in the queue of m.run.
void set_paths(const ScratchFolder& folder, const std::string& path) {
    sqlite3* db = nullptr;
    const auto file = (folder.path() / "m.run/.nightshift/queue.db").string();
    REQUIRE(sqlite3_open_v2(file.c_str(), &db, SQLITE_OPEN_READWRITE, nullptr) == SQLITE_OK);
    sqlite3_stmt* update = nullptr;
    REQUIRE(sqlite3_prepare_v2(db, "UPDATE body SET path = ?", -1, &update, nullptr) == SQLITE_OK);
    sqlite3_bind_text(update, 1, path.c_str(), -1, SQLITE_TRANSIENT);
    CHECK(sqlite3_step(update) == SQLITE_DONE);
    sqlite3_finalize(update);
    REQUIRE(sqlite3_close(db) == SQLITE_OK);
}

}  // namespace

TEST_CASE("a base URL whose host only looks like loopback is refused before anything is dialled") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(1));
    for (const auto* base : {"http://127.0.0.1.example.com", "http://127.0.0.1.example.com:80/v1",
                             "http://127.0.0.1:80.example.com", "https://93.184.216.34.example.com",
                             "https://api.example.com:443.evil.example.com",
                             "http://localhost.example.com", "http://127.0.0.1@example.com",
                             "http://127.0.0.1%2eexample.com", "http://[::1].example"}) {
        for (const auto& words : std::vector<std::vector<std::string>>{
                 {"models"}, {"run", "m.jsonl"}, {"check", "m.jsonl", "--online"}}) {
            const auto ended = run(folder.path(), words, pointing_at(base));
            CAPTURE(std::string(base));
            CAPTURE(words.front());
            CAPTURE(ended.err);
            CHECK(ended.exit_code == 2);
            CHECK(ended.err.find("base URL: ") != std::string::npos);
        }
    }
    CHECK_FALSE(std::filesystem::exists(folder.path() / "m.run"));
}

TEST_CASE("links and redirects that begin like the gateway's are not taken for it") {
    const std::string gateway = "http://127.0.0.1:1";
    const std::vector<std::string> targets = {
        gateway + ".evil.example.com/steal",  gateway + "@evil.example.com/steal",
        gateway + "\\@evil.example.com/",     gateway + ":2/",
        "http://127.0.0.1.evil.example.com/", "https://127.0.0.1.evil.example.com/",
        "https://h.example:1.evil.example/",  "https://h.example%00.evil.example/"};
    for (const auto& target : targets) {
        CAPTURE(target);
        VideoNight linked;
        linked.links = {target};
        linked.store = [](const Exchange&, int) { return stored(whole); };
        const auto ran = linked.run();
        CHECK(line_of(ran)["error"]["kind"] == "unsafe_url");
        CHECK(linked.fetches.empty());
        CHECK(ran.posts() == 1);

        VideoNight redirected;
        redirected.links = {"/v1/videos/task_1/content"};
        redirected.store = [&](const Exchange&, int) { return redirect(target); };
        const auto after = redirected.run();
        CHECK(line_of(after)["error"]["kind"] == "unsafe_url");
        for (const auto& fetch : redirected.fetches)
            CHECK(fetch.path == "/v1/videos/task_1/content");
    }
}

TEST_CASE("a path in the queue that would change the host fails its task and sends nothing") {
    for (const std::string path :
         {".evil.example.com/v1/chat/completions", "@evil.example.com/v1/chat/completions",
          ":1/v1/chat/completions", "//evil.example.com/v1", "v1/chat/completions", "",
          "/v1\r\nHost: evil.example.com", "/v1#x", "\\\\evil.example.com"}) {
        const ScratchFolder folder;
        folder.file("m.jsonl", chat_lines(2));
        ReplayServer server([](const Seen&) { return chat_reply(); });
        const auto gateway = pointing_at(server.base_url());
        REQUIRE(run(folder.path(), {"run", "m.jsonl", "--limit", "0"}, gateway).exit_code == 0);
        set_paths(folder, path);
        const auto ended = run(folder.path(), {"run", "-o", "m.run"}, gateway);

        CAPTURE(path);
        CAPTURE(ended.err);
        CHECK(ended.exit_code == 1);
        CHECK(server.seen().empty());
        const auto lines = read_jsonl(folder.path() / "m.run/ledger.jsonl");
        REQUIRE(lines.size() == 2);
        for (const auto& line : lines) {
            CHECK(line["error"]["kind"] == "invalid_request");
            CHECK(line["attempts"] == 0);
            CHECK(line["maybe_billed"] == 0);
            const std::string message = line["error"]["message"];
            CHECK(message.find("nothing was sent") != std::string::npos);
        }
    }
}

TEST_CASE("a proxy setting that cannot be read ends with 2, and its password is not shown") {
    const ScratchFolder folder;
    folder.file("m.jsonl", chat_lines(1));
    for (const std::string proxy :
         {"http://bob:owl/secret@127.0.0.1:1", "http://bob:owl secret@127.0.0.1:1",
          "foo://bob:owl-secret@127.0.0.1:1", "http://bob:owl-secret@127.0.0.1:99999",
          "http://bob:owl-secret@127.0.0.1.evil.example.com:1"}) {
        auto environment = pointing_at("https://gateway.example");
        environment["https_proxy"] = proxy;
        for (const auto& words : std::vector<std::vector<std::string>>{
                 {"models"}, {"run", "m.jsonl"}, {"check", "m.jsonl", "--online"}}) {
            const auto ended = run(folder.path(), words, environment);
            CAPTURE(proxy);
            CAPTURE(ended.err);
            CHECK(ended.exit_code == 2);
            CHECK(ended.err.find("the proxy in https_proxy") != std::string::npos);
            CHECK(ended.err.find("secret") == std::string::npos);
        }
        const auto doctor = run(folder.path(), {"doctor"}, environment);
        CHECK(doctor.exit_code == 5);
        CHECK(doctor.out.find("in https_proxy") != std::string::npos);
        CHECK((doctor.out + doctor.err).find("secret") == std::string::npos);
    }
}
