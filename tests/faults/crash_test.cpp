// kill -9 at the steps that count. What each step makes durable stands in docs/architecture.md.

#include "tests/faults/killing.hpp"

#include <doctest/doctest.h>

#include <sys/stat.h>

using namespace nightshift::test;
namespace fs = std::filesystem;

namespace {

const std::string text = R"({"id":"a","model":"gpt-5.4","prompt":"p"})";
const std::string image = R"({"id":"a","model":"gpt-image-2","prompt":"p"})";
const std::string video = R"({"id":"a","model":"happyhorse-1.0-t2v","prompt":"p"})";
const std::string quick_video = R"({"rule":[{"endpoint":"videos","task":{"render_seconds":4}}]})";

ino_t inode_of(const fs::path& path) {
    struct stat facts {};
    return stat(path.c_str(), &facts) == 0 ? facts.st_ino : 0;
}

bool has_nothing(const fs::path& path) {
    std::error_code error;
    return !fs::exists(path, error) || fs::is_empty(path, error);
}

}  // namespace

TEST_CASE("fault row 1: killed before the intent is durable, a task is sent once and unflagged") {
    int before_intent = 0;
    for (int nth = 1; nth < 60; ++nth) {
        const KillScene scene(text);
        scene.load();
        REQUIRE(scene.dies(killed_at_change(nth, scene.dir())));
        if (scene.show("a")["state"] != "pending") break;  // from here on the intent was durable
        ++before_intent;
        CHECK(scene.books().empty());
        CHECK(scene.run().exit_code == 0);
        CHECK(scene.books().size() == 1);
        CHECK(scene.show("a")["attempts"] == 1);
        CHECK(scene.show("a")["maybe_billed"] == 0);
        CHECK(scene.wrong() == "");
    }
    CHECK(before_intent > 0);
}

TEST_CASE("fault row 2: killed between the intent and the first byte, a text is sent again") {
    const KillScene scene(text);
    REQUIRE(scene.dies(killed_at("connect", 1)));
    CHECK(scene.show("a")["state"] == "running");
    CHECK(scene.books().empty());
    CHECK(scene.run().exit_code == 0);
    CHECK(scene.books().size() == 1);
    CHECK(scene.show("a")["attempts"] == 2);
    CHECK(scene.show("a")["maybe_billed"] == 1);
    CHECK(scene.wrong() == "");
}

TEST_CASE("fault row 2: killed between the intent and the first byte, a video is held") {
    const KillScene scene(video);
    REQUIRE(scene.dies(killed_at("connect", 1)));
    CHECK(scene.run().exit_code == 3);
    CHECK(scene.books().empty());
    CHECK(scene.show("a")["state"] == "held");
    CHECK(scene.wrong() == "");
}

TEST_CASE("fault row 4: killed before the reply to a submit is on disk, the video is held") {
    const KillScene scene(video, quick_video);
    REQUIRE(scene.dies(killed_at("pwrite64", 1, scene.hidden() / "replies" / "1")));
    CHECK(scene.books().size() == 1);
    CHECK(scene.run().exit_code == 3);
    CHECK(scene.books().size() == 1);
    CHECK(scene.wrong() == "");
}

TEST_CASE("fault row 4: killed between the reply and its commit, the id is read from disk") {
    bool found = false;
    for (int nth = 1; nth < 120 && !found; ++nth) {
        const KillScene scene(video, quick_video);
        scene.load();
        REQUIRE(scene.dies(killed_at_change(nth, scene.dir())));
        const auto kept = scene.hidden() / "replies" / "1";
        found =
            scene.show("a")["state"] == "running" && fs::exists(kept) && fs::file_size(kept) > 0;
        if (!found) continue;
        CHECK(scene.books().size() == 1);
        CHECK(scene.run().exit_code == 0);
        CHECK(scene.books().size() == 1);
        CHECK(scene.show("a")["notes"]["remote_id"] == scene.books().front().remote_id);
        CHECK(scene.show("a")["maybe_billed"] == 0);
        CHECK(scene.wrong() == "");
    }
    CHECK(found);
}

TEST_CASE("fault row 7: killed between fsync and rename, no file bears its final name too early") {
    for (const auto& line : {image, video}) {
        CAPTURE(line);
        const KillScene scene(line, quick_video);
        REQUIRE(scene.dies(killed_at("renameat2", 1)));
        CHECK(has_nothing(scene.outputs()));
        CHECK_FALSE(has_nothing(scene.hidden() / "parts"));
        CHECK(scene.run().exit_code == 0);
        CHECK(scene.books().size() == 1);
        CHECK(scene.show("a")["maybe_billed"] == 0);
        CHECK(has_nothing(scene.hidden() / "parts"));
        CHECK(scene.wrong() == "");
    }
}

TEST_CASE("fault row 8: killed between rename and commit, the file is adopted") {
    for (const auto& line : {image, video}) {
        CAPTURE(line);
        const KillScene scene(line, quick_video);
        REQUIRE(scene.dies(killed_at("fsync", 1, scene.outputs())));
        REQUIRE_FALSE(has_nothing(scene.outputs()));
        const auto file = fs::directory_iterator(scene.outputs())->path();
        const auto inode = inode_of(file);
        CHECK(scene.ledger().empty());
        CHECK(scene.run().exit_code == 0);
        CHECK(inode_of(file) == inode);
        CHECK(scene.books().size() == 1);
        CHECK(scene.show("a")["maybe_billed"] == 0);
        CHECK(scene.wrong() == "");
    }
}

TEST_CASE("fault row 9: killed in the middle of a ledger line, the line is there once") {
    const KillScene scene(text);
    REQUIRE(scene.dies(killed_at("pwrite64", 1, fs::path(scene.dir()) / "ledger.jsonl")));
    CHECK(scene.ledger().empty());
    const auto shown = run(scene.folder().path(), {"show", scene.dir(), "a", "--json"}).out;
    const auto line = nlohmann::ordered_json::parse(shown)["ledger"].dump();
    SUBCASE("nothing of it was written") {}
    SUBCASE("some of it was written") {
        scene.folder().file("run/ledger.jsonl", line.substr(0, line.size() / 2));
    }
    CHECK(scene.run().exit_code == 0);
    CHECK(scene.ledger().size() == 1);
    CHECK(scene.wrong() == "");
}

TEST_CASE("fault row 10: killed before a ledger line is confirmed, the line is not doubled") {
    const KillScene scene(text);
    REQUIRE(scene.dies(killed_at("fsync", 1, fs::path(scene.dir()) / "ledger.jsonl")));
    CHECK(scene.ledger().size() == 1);
    CHECK(scene.wrong(false) == "");
    CHECK(scene.run().exit_code == 0);
    CHECK(scene.ledger().size() == 1);
    CHECK(scene.wrong() == "");
}

TEST_CASE("fault row 11: killed while it loads, a manifest is loaded once all the same") {
    constexpr int lines = 20'000;
    const KillScene scene(chat_lines(lines));
    const auto making = scene.hidden() / "queue.db.new";
    int killed = 0;
    for (const auto& wrapper :
         {killed_at("pwrite64", 20, making), killed_at("pwrite64", 200, making),
          killed_at("pwrite64", 400, making), killed_at("fsync", 1, making),
          killed_at("renameat", 1, scene.hidden())}) {
        const auto ended = scene.run(wrapper, {"--limit", "0"});
        if (ended.exit_code == 128 + SIGKILL) ++killed;
        CHECK_FALSE(fs::exists(scene.hidden() / "queue.db"));
        const auto looked = run(scene.folder().path(), {"status", scene.dir()});
        CHECK(looked.exit_code == 2);
        CHECK(looked.err.find("run the manifest again") != std::string::npos);
    }
    CHECK(killed == 5);
    scene.load();
    CHECK_FALSE(fs::exists(making));
    const auto status =
        nlohmann::json::parse(run(scene.folder().path(), {"status", scene.dir(), "--json"}).out);
    CHECK(status["counts"]["pending"] == lines);
    CHECK(scene.books().empty());
}

TEST_CASE("fault row 12: killed while the queue is made, the next start finds none or all of it") {
    int killed = 0;
    for (int nth = 1; nth < 200; nth += 4) {
        const KillScene scene(text);
        const auto queue = scene.hidden() / "queue.db";
        auto wrapper = killed_at("pwrite64", nth, queue);
        wrapper.insert(wrapper.begin() + 5,
                       {"-P", queue.string() + ".new", "-P", queue.string() + "-wal", "-P",
                        queue.string() + "-journal"});
        const auto ended = scene.run(wrapper, {"--limit", "0"});
        if (ended.exit_code != 128 + SIGKILL) break;
        ++killed;
        CAPTURE(nth);
        CHECK(scene.run().exit_code == 0);
        CHECK(scene.wrong() == "");
    }
    CHECK(killed > 3);
}

TEST_CASE("fault row 12: what looks at a half-made queue says so, and a run makes it") {
    const KillScene scene(text);
    REQUIRE(
        scene.dies(killed_at("unlink", 1, (scene.hidden() / "queue.db").string() + "-journal")));
    for (const auto* command : {"status", "verify"}) {
        const auto looked = run(scene.folder().path(), {command, scene.dir()});
        CHECK(looked.exit_code == 7);
        CHECK(looked.err.find("run its manifest again") != std::string::npos);
    }
    CHECK(scene.run().exit_code == 0);
    CHECK(scene.wrong() == "");
}
